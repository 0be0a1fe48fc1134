import { attentionOf } from './attention';
import type { Batch } from './context';
import { endOf } from './end-of';
import { callsSoFar, notesOf } from './ends';
import { unconfirmedHalt } from './halted';
import type { BatchPlan } from './input';
import { type CampaignState, HALT_UNCONFIRMED, wishedStart } from './state';
import { amount, count, list, utc } from './words';

/**
 * What an operator reads in the Temporal UI: first the state and the numbers, last what is waited for, until when, and what
 * a person has to do. Markdown without tables, which the UI shows badly. No phone number ever stands in it.
 */
export function detailsOf({ campaignId, part, state, plan }: Batch): string {
  const { contacts, batch, look, halt, results, ends } = state;
  const attention = attentionOf(state);
  const isUnconfirmed = attention?.kind === HALT_UNCONFIRMED;
  const lines = [
    ...(isUnconfirmed ? [`**${unconfirmedHalt(state) ?? attention.text}**`, ''] : []),
    ...[`**${headline(state)}**`, ''],
    ...(attention ? [`**Needs attention: ${attention.kind}**`, ''] : []),
  ];
  const which = part === undefined ? 'Campaign' : `Batch ${part} of ${contacts?.split?.batches} of campaign`;
  lines.push(`- ${which} \`${campaignId}\`, agent \`${plan.agentId}\``);
  if (contacts) {
    const left = [
      contacts.rejected && `${contacts.rejected} rejected`,
      contacts.duplicates && count(contacts.duplicates, 'duplicate'),
      contacts.suppressed && `${contacts.suppressed} suppressed`,
    ];
    const skipped = left.filter(Boolean).join(', ');
    lines.push(`- ${count(contacts.total, 'row')}, ${contacts.valid} to be called${skipped ? ` (${skipped})` : ''}`);
  }
  if (batch)
    lines.push(
      `- Batch \`${batch.batchId}\`: ${batch.status}${state.startsAt ? `, start ${utc(state.startsAt)}` : ''}`,
    );
  if (ends) {
    const done = ends.filter((end) => end !== null).length;
    const underWay = (state.underWay ?? []).join(', ');
    lines.push(
      `- Batches: ${done} of ${ends.length} done${underWay ? `; under way, each in a workflow of its own: ${underWay}` : ''}`,
    );
  }
  const { counts } = callsSoFar(state);
  if (Object.keys(counts).length > 0) lines.push(`- Calls: ${list(counts)}`);
  if (look?.cost && !results)
    lines.push(`- Cost so far: ${look.cost.estimated ? 'about ' : ''}${amount(look.cost.soFar)}`);
  if (results)
    lines.push(
      `- Rows: ${list(results.outcomes)}`,
      `- Cost: ${amount(results.cost)}`,
      `- Results: ${results.files.results}`,
    );
  if (results?.files.report) lines.push(`- Report: ${results.files.report}`);
  if (state.budget) {
    const { maxCost, at, by } = state.budget;
    lines.push(`- Budget: ${maxCost === null ? 'none' : amount(maxCost)}, set at ${utc(at)}${by ? ` by ${by}` : ''}`);
  }
  if (halt)
    lines.push(
      `- ${halt.kind === 'stop' ? 'Stop' : 'Cancel'} asked for at ${utc(halt.at)}${halt.by ? ` by ${halt.by}` : ''}${halt.reason ? `: ${halt.reason}` : ''}`,
    );
  for (const note of notesOf(state)) lines.push(`- Note: ${note}`);
  if (look) lines.push(`- Last news: ${utc(look.at)}`);
  const start = wishedStart({ plan, state });
  lines.push('', outlook(state, { ...plan, ...start }, attention?.text ?? 'Nothing to do.'));
  return lines.join('\n');
}

function headline(state: CampaignState): string {
  const { stage, contacts } = state;
  const done = contacts ? doneText(state, contacts.valid) : '';
  const words: Record<CampaignState['stage'], string> = {
    validating: 'Checking the contacts file',
    creating: 'Creating the batch',
    scheduling: 'Scheduling the batch',
    waiting: `Waiting for the start${state.startsAt ? ` at ${utc(state.startsAt)}` : ''}`,
    running: `Calling${done}`,
    halting: `${state.halt?.kind === 'stop' ? 'Stopping' : 'Canceling'}${done}`,
    collecting: `Collecting results${done}`,
    completed: `Completed${done}`,
    stopped: `Stopped${done}`,
    canceled: `Canceled${done}`,
    missed: 'Missed its start',
    failed: `Failed${done}`,
  };
  return words[stage];
}

function doneText(state: CampaignState, valid: number): string {
  const { settled } = callsSoFar(state);
  if (state.ends) return ` · ${settled} of ${valid} done in the batches that have ended`;
  return state.look ? ` · ${settled} of ${valid} done, ${state.look.onTheLine} on the line` : '';
}

/** What is waited for, until when, and what a person has to do (`todo`). */
function outlook(state: CampaignState, plan: BatchPlan, todo: string): string {
  switch (state.stage) {
    case 'validating':
      return `Waiting for the file to be read. ${todo}`;
    case 'creating':
      return `Waiting for Bolna to take the batch; nobody is called by that. ${todo} An error that stays shows at the pending activity.`;
    case 'scheduling':
      return state.sleepingUntil
        ? `Waiting until ${utc(state.sleepingUntil)}, when Bolna takes a start at ${utc(plan.startAt ?? state.sleepingUntil)}. ${todo}`
        : `Waiting for Bolna to take the start, until ${utc(plan.startBy)} at the latest. ${todo}`;
    case 'waiting':
      return `Waiting until ${state.startsAt ? utc(state.startsAt) : 'Bolna begins'}. ${todo} Signal \`stop\` or \`cancel\` calls nobody.`;
    case 'running': {
      if (state.ends)
        return `Waiting for the batches; each tells in its own workflow what it waits for. ${todo} Signals \`stop\` and \`cancel\` reach all of them.`;
      const until = utc((state.startsAt ?? state.begunAt) + plan.giveUpAfterMs);
      return `Waiting for the calls to settle, until ${until} at the latest. ${todo} Signal \`stop\` lets calls on the line finish, \`cancel\` waits for nothing.`;
    }
    case 'halting':
      return `Waiting until Bolna shows that nobody else is called${state.started ? ' and the calls on the line are over' : ''}. ${todo}`;
    case 'collecting':
      return `Waiting for every result to be written. ${todo}`;
    default: {
      const { reason } = endOf(state);
      if (state.stage === 'failed')
        return `${reason ?? ''} Mend it and start the same campaign ID again: it goes on with the batch that exists.`;
      return `${reason ? `${reason} ` : ''}${todo}`;
    }
  }
}
