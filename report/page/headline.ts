import { cut } from '../../contacts/cut';
import type { CampaignReport } from '../campaign-report';
import { type Html, html } from '../html';
import { isPlaced } from '../outcomes';
import { amount, count, counted, duration, share, utc } from './words';

const MOST_NOTES = 30;
const MOST_LETTERS = 1000;

const STATES = new Set(['completed', 'stopped', 'canceled', 'missed', 'failed']);

/** What a person asks first: how it ended, which campaign it was, and what came of it. */
export function headline({ summary, tally }: CampaignReport): Html {
  const { campaignId, status, reason, startsAt, batchId, notes } = summary;
  const state = STATES.has(status) ? status : 'other';
  return html`<header>
<p class="kind">Calling campaign</p>
<h1>${campaignId} <span class="state state-${state}">${status}</span></h1>
<p class="facts">${facts([startsAt ? `Start ${utc(startsAt)}` : 'Never started', counted(tally.rows, 'row'), batchId ? `Batch ${batchId}` : undefined])}</p>
${reason ? html`<p class="reason">${cut(reason, MOST_LETTERS)}</p>` : undefined}
${notesOf(notes)}
<dl class="tiles">${tilesOf(tally).map(([name, value, more]) => html`<div><dt>${name}</dt><dd>${value}<small>${more}</small></dd></div>`)}</dl>
</header>`;
}

function facts(texts: readonly (string | undefined)[]): Html[] {
  return texts.filter((text) => text !== undefined).map((text) => html`<span>${text}</span>`);
}

function notesOf(notes: readonly string[]): Html | undefined {
  if (notes.length === 0) return undefined;
  const more = notes.length - MOST_NOTES;
  return html`<ul class="notes" aria-label="Notes">${notes.slice(0, MOST_NOTES).map((note) => html`<li>${cut(note, MOST_LETTERS)}</li>`)}${
    more > 0 ? html`<li>${counted(more, 'more note')} in summary.json.</li>` : undefined
  }</ul>`;
}

function tilesOf(tally: CampaignReport['tally']): [name: string, value: string, more: string][] {
  const placed = tally.rowsWith(isPlaced);
  const completed = tally.rowsWith((outcome) => outcome === 'completed');
  const unsettled = tally.rowsWith((outcome) => outcome === 'unsettled');
  const each = completed > 0 ? `${amount(tally.cost / completed)} per completed call` : 'no call completed';
  return [
    [
      'Called',
      count(placed),
      `${share(placed, tally.rows)} of the rows${unsettled > 0 ? `, ${count(unsettled)} unsettled` : ''}`,
    ],
    ['Completed', count(completed), placed > 0 ? `${share(completed, placed)} of those called` : 'nobody was called'],
    [
      'Time on calls',
      duration(tally.seconds),
      tally.durations.calls > 0 ? `${duration(tally.seconds / tally.durations.calls)} on average` : 'nobody spoke',
    ],
    ['Cost', amount(tally.cost), each],
    [
      'Retries',
      count(tally.allRetries),
      tally.allRetries > 0 ? `${share(retried(tally.retries), placed)} of those called` : 'nobody was called again',
    ],
  ];
}

function retried(retries: readonly number[]): number {
  return retries.slice(1).reduce((sum, calls) => sum + calls, 0);
}
