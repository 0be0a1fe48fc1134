import type { CallbackNews, LateEvent } from './callback-events';
import { unconfirmedHalt } from './halted';
import {
  type Attention,
  type AttentionKind,
  CALLBACK_UNDELIVERED,
  type CampaignResult,
  type CampaignState,
  HALT_UNCONFIRMED,
} from './state';
import { count, stopInDashboard } from './words';

/** Bolna's word for a call that it did not make, for want of money. */
const NO_MONEY = 'balance-low';

/** Types of errors that a campaign fails with, by what a person has to look at. */
const FAILURES: Record<string, AttentionKind> = {
  BolnaUnauthorized: 'key-refused',
  WalletTooLow: 'wallet-low',
  WalletUnknown: 'wallet-low',
};

/**
 * Whether a person should look at a campaign, from all it remembers. That Bolna may still be calling comes first, then what is wrong with
 * a step under way, then what the campaign ends with. What is mended is gone from here; of a campaign that has ended nothing can be mended
 * but by another start.
 */
export function attentionOf(state: CampaignState): Attention | undefined {
  return haltUnconfirmed(state) ?? attentionBesides(state);
}

/** The same, but for a halt that Bolna does not show. */
export function attentionBesides(state: CampaignState): Attention | undefined {
  const trouble = troubleOf(state);
  if (trouble) return { kind: trouble.kind, text: trouble.message };
  return (
    failedFor(state) ??
    outOfMoney(state) ??
    notStarted(state) ??
    callsUnclear(state) ??
    ofBatches(state) ??
    unreadable(state) ??
    missed(state) ??
    unsettled(state)
  );
}

function troubleOf({ troubles = {} }: CampaignState) {
  const found = Object.values(troubles);
  return found.find(({ kind }) => kind === 'key-refused') ?? found[0];
}

function haltUnconfirmed(state: CampaignState): Attention | undefined {
  const own = unconfirmedHalt(state);
  // One of several can be halted by itself, in its own workflow.
  const [batch] = Object.values(state.batchAttention ?? {}).filter(({ kind }) => kind === HALT_UNCONFIRMED);
  if (own === undefined) return batch;
  const why = troubleOf(state)?.message ?? state.failure;
  return { kind: HALT_UNCONFIRMED, text: why === undefined ? own : `${own} ${why}` };
}

/** The same of a campaign that has ended, from what it has left. */
export function attentionOfEnd(result: CampaignResult): Attention | undefined {
  const { status, reason, errorType, outcomes, haltUnconfirmed } = result;
  // Said first in the reason.
  if (haltUnconfirmed) return { kind: HALT_UNCONFIRMED, text: reason ?? stopInDashboard(result.batchId ?? undefined) };
  const end = {
    ...(reason !== undefined && { failure: reason }),
    ...(errorType !== undefined && { failureType: errorType }),
    results: { outcomes },
    missed: status === 'missed',
    ...(status === 'canceled' && { halt: { kind: 'cancel' as const } }),
  };
  return failedFor(end) ?? outOfMoney(end) ?? missed(end) ?? unsettled(end);
}

/** What is looked at, of a campaign under way and of one that has ended. */
interface Ending extends Pick<CampaignState, 'failure' | 'failureType' | 'outOfMoney' | 'ends'> {
  results?: { outcomes: Record<string, number> };
  missed?: object | boolean;
  halt?: { kind: 'stop' | 'cancel' };
}

function failedFor({ failure, failureType, ends }: Ending): Attention | undefined {
  const failed = { errorType: failureType, reason: failure };
  for (const { errorType = '', reason = '' } of [failed, ...(ends ?? []).flatMap((end) => end ?? [])]) {
    const kind = FAILURES[errorType];
    if (kind) return { kind, text: reason };
  }
  return undefined;
}

/** While calls are made, money is known to be missing until a look brings other calls than those it was missing for. */
function outOfMoney({ results, outOfMoney }: Ending): Attention | undefined {
  const rows = results?.outcomes[NO_MONEY] ?? 0;
  if (rows > 0)
    return {
      kind: 'wallet-low',
      text: `${count(rows, 'row was', 'rows were')} not called because the wallet was empty (${NO_MONEY}). Fill the wallet, and call them under a new campaign ID.`,
    };
  if (results || !outOfMoney) return undefined;
  const text = `Calls are not made because the wallet is empty (${NO_MONEY}). Fill the wallet at Bolna, or stop the campaign.`;
  return { kind: 'wallet-low', text };
}

/** A campaign that is being ended needs no calls. */
function notStarted({ look, halt, results }: CampaignState): Attention | undefined {
  if (look?.notStarted === undefined || halt || results) return undefined;
  return { kind: 'not-started', text: look.notStarted };
}

/** A halt under way has more to say. */
function callsUnclear({ look, results }: CampaignState): Attention | undefined {
  if (look?.unclear === undefined || results) return undefined;
  return { kind: 'calls-unclear', text: look.unclear };
}

/** What it has called by its end, no one can undo. */
function unreadable({ unreadableSuppressions, halt, results }: CampaignState): Attention | undefined {
  if (unreadableSuppressions === undefined || halt || results) return undefined;
  const entries = count(unreadableSuppressions, 'entry', 'entries');
  return {
    kind: 'suppressions-unreadable',
    text: `${entries} of the suppression lists cannot be read, and the people they name may be called: a note says where they are. Stop the campaign if they must not be called.`,
  };
}

/** The first of several batches on which a person should act. */
function ofBatches({ batchAttention = {} }: CampaignState): Attention | undefined {
  const [first] = Object.entries(batchAttention);
  return first && { kind: first[1].kind, text: `Batch ${first[0]}: ${first[1].text}` };
}

function missed({ missed, ends }: Ending): Attention | undefined {
  if (!missed && !ends?.some((end) => end?.status === 'missed')) return undefined;
  const text = 'Start it under a new campaign ID, with another startAt, if its people are still to be called.';
  return { kind: 'start-missed', text };
}

/** Who cancels waits for nothing, and knows that. */
function unsettled({ results, halt }: Ending): Attention | undefined {
  const rows = results?.outcomes.unsettled ?? 0;
  if (rows === 0 || halt?.kind === 'cancel') return undefined;
  const text = `Of ${count(rows, 'row')} nobody can say whether they were called: results.csv says which. Look at their calls in Bolna's dashboard.`;
  return { kind: 'rows-unsettled', text };
}

/**
 * Why a person should look at a campaign's callback: events were given up, or one is refused for an hour and still tried.
 * @param lastError what the last attempt at the one that is tried met, in a sentence; null where that is not known
 */
export function attentionOfCallbacks(
  campaignId: string,
  { undelivered, late }: Pick<CallbackNews, 'undelivered' | 'late'>,
  lastError: string | null = null,
): Attention | undefined {
  const events = undelivered.length;
  if (events === 0)
    return late ? { kind: CALLBACK_UNDELIVERED, text: lateText(campaignId, late, lastError) } : undefined;
  const text = `${count(events, 'callback was', 'callbacks were')} not delivered in three days. Fix the receiver, then send them again, ${resend(campaignId)}`;
  return { kind: CALLBACK_UNDELIVERED, text };
}

function lateText(campaignId: string, { type, timestamp, host }: LateEvent, lastError: string | null): string {
  const why = lastError === null ? '' : `${lastError.replace(/\.$/, '')}. `;
  return `${host} has not accepted the callback ${type} since ${timestamp}. ${why}It is tried for three days. Fix the receiver, then send it now, ${resend(campaignId)}`;
}

function resend(campaignId: string): string {
  return `over HTTP by POST /campaigns/${campaignId}/callbacks/resend, or by: bolna-campaigns callbacks ${campaignId} --resend`;
}

/** Whether money is missing, after another look at the calls. */
export function isOutOfMoney(before: Pick<CampaignState, 'look' | 'outOfMoney'>, look: CampaignState['look']): boolean {
  const lacking = (look?.counts[NO_MONEY] ?? 0) - (before.look?.counts[NO_MONEY] ?? 0);
  const others = (look?.settled ?? 0) - (before.look?.settled ?? 0) - lacking;
  return lacking > 0 || (others <= 0 && before.outOfMoney === true);
}
