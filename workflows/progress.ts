import { patched, setCurrentDetails, setHandler, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { batchWorkflowId } from '../activities/batch-workflow-id';
import { attentionOf } from './attention';
import { ATTRIBUTES, attributesOf } from './attributes';
import type { Batch } from './context';
import { detailsOf } from './details';
import { callsOf, callsOfBatch, notesOf, startOf } from './ends';
import { PROGRESS_DESCRIPTION, progressQuery } from './messages';
import { type CampaignProgress, type CampaignState, countsOf } from './state';

/**
 * Shows operators where the campaign is, in the Temporal UI's current details and in the attributes that lists show, and tells
 * its callback of progress.
 */
export function show(batch: Batch): void {
  setCurrentDetails(detailsOf(batch));
  if (isSearchable(batch.state)) setAttributes(batch);
  batch.tellCampaign?.();
  batch.callbacks?.progressed();
}

/** Whether the server has the attributes: so says the step that reads the contacts, or whoever has set one at the start. */
export function isSearchable(state: CampaignState): boolean {
  return !!state.contacts?.searchable || workflowInfo().typedSearchAttributes.get(ATTRIBUTES.state) !== undefined;
}

function setAttributes(batch: Batch): void {
  const { typedSearchAttributes: shown, parent, continuedFromExecutionRunId } = workflowInfo();
  // Each change is an event in the history.
  const changed = attributesOf(batch, () => patched('halt-unconfirmed')).filter(
    ({ key, value }) => !isSame(shown.get(key), value),
  );
  if (changed.length === 0) return;
  // What has not asked for its contacts itself, or not yet, may have begun under a version that sets none.
  const hasAsked =
    parent === undefined && continuedFromExecutionRunId === undefined && batch.state.contacts?.searchable;
  if (hasAsked || patched('search-attributes')) upsertSearchAttributes(changed);
}

function isSame(shown: unknown, value: unknown): boolean {
  const plain = (it: unknown) => (it instanceof Date ? it.getTime() : (it ?? null));
  return plain(shown) === plain(value);
}

/** Answers the query `progress`. */
export function answerProgress(campaignId: string, state: CampaignState): void {
  setHandler(progressQuery, () => progressOf(campaignId, state), { description: PROGRESS_DESCRIPTION });
}

export function progressOf(campaignId: string, state: CampaignState): CampaignProgress {
  const { contacts, look, halt, ends, underWay = [] } = state;
  const several = ends && callsOf(state);
  const calls = several ?? callsOfBatch(state);
  const attention = attentionOf(state);
  return {
    campaignId,
    ...(attention && { attention }),
    state: state.stage,
    batchId: state.batch?.batchId ?? null,
    batchStatus: state.batch?.status ?? null,
    startsAt: iso(startOf(state)),
    contacts: contacts ? countsOf(contacts) : null,
    counts: calls.counts,
    settled: calls.settled,
    cost: state.results?.cost ?? several?.cost ?? look?.cost?.soFar ?? null,
    costIsEstimate: state.results === undefined && (several !== undefined || (look?.cost?.estimated ?? false)),
    lastLook: iso(look?.at),
    nextLook: iso(state.sleepingUntil ?? (look && !look.over ? look.nextLookAt : undefined)),
    lastError: state.failure ?? state.lastError ?? null,
    halt: halt
      ? { kind: halt.kind, reason: halt.reason ?? null, by: halt.by ?? null, at: new Date(halt.at).toISOString() }
      : null,
    notes: notesOf(state),
    ...(ends && {
      batches: {
        total: ends.length,
        done: ends.filter((end) => end !== null).length,
        underWay: underWay.map((part) => batchWorkflowId(campaignId, part)),
      },
    }),
  };
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
