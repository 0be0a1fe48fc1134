import { retriesOf, viewOf } from '../../../bolna/schemas';
import { isTerminal, meaningOf, normalise, tally } from '../../../bolna/statuses';
import { asObject } from '../answers';
import { differs, type Finding, ok, unknown } from '../finding';
import { rowFinding } from '../row';
import type { Check } from '../step';
import { batchOf, inSeconds } from '../unscheduled';
import type { World } from '../world';
import { begunAt, settledAt, workedAt } from './moments';
import type { WatchedCall } from './watched';

/** What is judged of a call that was watched from its start to its end. */
export const CALL_CHECKS: readonly Check<WatchedCall>[] = [
  ['on time', onTime],
  ['called once', calledOnce],
  ['row of the call', (call, world) => rowFinding(finalOf(call), batchOf(world).number ?? '')],
  ['batch statuses', batchStatuses],
  ['call statuses', callStatuses],
  ['settle', settle],
  ['outcome', outcome],
  ['cost', cost],
  ['wallet unit', walletUnit],
  ['retry fields', retryFields],
  ['late stop', lateStop],
];

/** Why there is nothing to judge. */
function notOver(call: WatchedCall): Finding {
  const isMoved = finalOf(call).some(({ status }) => normalise(String(status)) === 'rescheduled');
  return unknown(
    isMoved
      ? "the agent's calling hours moved the call to another time: run this again within them"
      : 'the call was not seen to end',
  );
}

/** Looks are seconds apart, and clocks differ by a little. In milliseconds. */
const MARGIN_MS = 5_000;
/** Later than that, what was seen first is not the beginning. In milliseconds. */
const LATE_MS = 30_000;

function finalOf({ looks }: WatchedCall) {
  return looks.at(-1)?.executions ?? [];
}

function onTime({ starts: [start], looks }: WatchedCall): Finding {
  const begun = begunAt(looks);
  if (start === undefined || begun === undefined) return unknown('no call was seen to begin');
  if (begun < start - MARGIN_MS) return differs(`the call began ${inSeconds(start - begun)} before the start`);
  if (begun > start + LATE_MS)
    return unknown(`the first sign of a call came ${inSeconds(begun - start)} after the start`);
  return ok(`the call was seen ${inSeconds(Math.max(0, begun - start))} after the start`);
}

/** What everything else is for: no person is called a second time, also where the batch was scheduled twice. */
function calledOnce(call: WatchedCall): Finding {
  const executions = finalOf(call);
  if (settledAt(call.looks) === undefined) return notOver(call);
  const retries = executions.map((execution) => retriesOf(viewOf(execution)));
  if (executions.length > 1) return differs(`Bolna shows ${executions.length} calls of one row`);
  if (retries.some((count) => (count ?? 0) > 0)) return differs('Bolna shows a retry, and none was asked for');
  return ok(`one call${call.starts.length > 1 ? ', though it was scheduled twice' : ''}`);
}

function batchStatuses({ looks }: WatchedCall): Finding {
  return words(
    looks.map(({ batch: { status } }) => status),
    (word) => meaningOf(word) !== 'unknown',
  );
}

function callStatuses({ looks }: WatchedCall): Finding {
  return words(
    looks.flatMap(({ executions }) => executions.map(({ status }) => String(status))),
    (word) => tally({ [word]: 1 }).onTheLine === 0 || ON_THE_LINE.has(normalise(word)),
  );
}

/** `tally` counts an unknown word as on the line. */
const ON_THE_LINE = new Set(['initiated', 'ringing', 'in-progress', 'running', 'call-disconnected']);

function words(shown: readonly string[], isKnown: (word: string) => boolean): Finding {
  const each = [...new Set(shown)];
  const text = `Bolna shows "${each.join('", then "')}"`;
  if (each.length === 0) return unknown('Bolna shows none');
  return each.every(isKnown) ? ok(text) : unknown(`${text}: not all of these words are known`);
}

function settle(call: WatchedCall): Finding {
  const {
    looks,
    starts: [start = 0],
  } = call;
  const settled = settledAt(looks);
  if (settled === undefined) return notOver(call);
  const worked = workedAt(looks);
  const after = `the call was over ${inSeconds(settled - start)} after the start`;
  return worked === undefined
    ? unknown(`${after}, and no word says that the batch is`)
    : ok(`${after}, and the batch ${inSeconds(worked - start)} after it`);
}

function outcome(call: WatchedCall): Finding {
  const [execution] = finalOf(call);
  const { status, termination_reason: reason } = execution ?? {};
  if (typeof status !== 'string' || !isTerminal(status)) return notOver(call);
  const why = typeof reason === 'string' ? ` (${reason})` : ', without a termination_reason';
  return ok(`the call ended as "${status}"${why}`);
}

function cost(call: WatchedCall): Finding {
  const [execution] = finalOf(call);
  if (!execution || settledAt(call.looks) === undefined) return notOver(call);
  const { total_cost: shown } = execution;
  return typeof shown === 'number'
    ? ok(`total_cost is ${shown}, which is taken for cents`)
    : differs('the call shows no total_cost that is a number');
}

/** The wallet is in the unit in which it became less by the cost of the call. */
function walletUnit(call: WatchedCall, { setup: { walletUnit: set } }: World): Finding {
  const [execution] = finalOf(call);
  const { walletBefore: before, walletAfter: after } = call;
  const cents = execution ? viewOf(execution).total_cost : 0;
  if (before === undefined || after === undefined || cents <= 0)
    return unknown('the call cost nothing that could be seen');
  const paid = before - after;
  const isAbout = (expected: number) => Math.abs(paid - expected) <= expected * 0.1;
  const shown = `the wallet went from ${before} to ${after} for a call of ${cents} cents`;
  const seen = isAbout(cents) ? 'cents' : isAbout(cents / 100) ? 'units' : undefined;
  if (seen === undefined) return unknown(`${shown}, which shows no unit`);
  const found = `${shown}: its unit is ${seen}`;
  if (seen === set) return ok(`${found}, as BOLNA_WALLET_UNIT says`);
  return differs(`${found}, and BOLNA_WALLET_UNIT says ${set}. Set BOLNA_WALLET_UNIT=${seen}`);
}

function retryFields(call: WatchedCall): Finding {
  const [execution] = finalOf(call);
  if (!execution) return unknown('Bolna shows no call');
  const shown = ['retry_count', 'retry_history'].filter((name) => execution[name] !== undefined);
  if (asObject(execution.batch_run_details).retried !== undefined) shown.push('batch_run_details.retried');
  return shown.length > 0 ? ok(`a call shows ${shown.join(', ')}`) : unknown('a call shows no count of its retries');
}

function lateStop(call: WatchedCall): Finding {
  const { lateStop: answer } = call;
  if (answer === undefined) return notOver(call);
  if (answer === 'unclear') return unknown('Bolna gave no clear answer to a stop after the end');
  return ok(answer === 'stopped' ? 'Bolna takes a stop after the end' : 'there is nothing to stop after the end (404)');
}
