import { metricMeter } from '@temporalio/workflow';
import type { Look } from '../activities/types';

/*
 * Facts of campaigns, each counted where the workflow learns of it: there it is learned once, however often a step was tried, and a
 * replay counts nothing.
 */

const rowsSettled = metricMeter.createCounter(
  'campaign_rows_settled',
  'row',
  'Rows whose calls are over, as their campaigns learn of it.',
);
const calls = metricMeter.createCounter('campaign_calls', 'row', 'Rows of campaigns that have ended, by outcome.');
const endDelay = metricMeter.createHistogram(
  'campaign_end_delay_seconds',
  'float',
  's',
  "From the end of a batch's last call, as Bolna tells it, until the campaign has seen that all are over.",
);

/** @param before the look before this one */
export function countSettled(before: Look | undefined, { settled }: Look): void {
  const more = settled - (before?.settled ?? 0);
  if (more > 0) rowsSettled.add(more);
}

/** @param outcomes rows by outcome, as in the campaign's result */
export function countCalls(outcomes: Readonly<Record<string, number>>): void {
  for (const [outcome, rows] of Object.entries(outcomes)) if (rows > 0) calls.add(rows, { outcome });
}

/**
 * @param lastChange when the last execution changed, in milliseconds since the epoch; undefined where Bolna does not say
 * @param retries whether Bolna calls again by itself: then the end is only seen once nothing more can come, which may take hours
 */
export function measureEnd(seen: Look | undefined, lastChange: number | undefined, retries: boolean): void {
  if (!seen?.over || seen.gone || lastChange === undefined) return;
  // The clocks of Bolna and of the worker need not agree.
  endDelay.record(Math.max(seen.at - lastChange, 0) / 1000, { retries: retries ? 'yes' : 'no' });
}
