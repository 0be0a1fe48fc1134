import type { CampaignFiles, Contacts, Look, Part, Results, StartWindow, Trouble } from '../activities/types';
import type { BatchPlan } from './input';

/** Where a campaign is. The last five are its ends. */
export type CampaignStage =
  | 'validating'
  | 'creating'
  | 'scheduling'
  | 'waiting'
  | 'running'
  | 'halting'
  | 'collecting'
  | CampaignEnd;

export type CampaignEnd = 'completed' | 'stopped' | 'canceled' | 'missed' | 'failed';

/** How a campaign or a batch ends, and what that means for rows without an execution. */
export interface End {
  status: CampaignEnd;
  reason: string | undefined;
  /** Whether rows without an outcome may be called yet, or may have been without anyone knowing. */
  mayStillCall: boolean;
  notCalledReason: string | undefined;
  /** Why it is unknown whether such rows were called, where more is known than that calls may still come. */
  unsettledReason?: string | undefined;
  /** Whether Bolna itself shows the batch as stopped, and calls that were not handed over have stood still since. */
  stoodStill?: boolean | undefined;
}

export interface Halt {
  kind: 'stop' | 'cancel';
  reason?: string;
  by?: string;
  at: number;
}

/** Type of the error of a campaign that completed without a call, because the wallet was empty. */
export const WALLET_EMPTY = 'WalletEmpty';

export const CAMPAIGN_ENDS: readonly CampaignEnd[] = ['completed', 'stopped', 'canceled', 'missed', 'failed'];

/** Whether nothing can be asked of a campaign any more. */
export function hasEnded({ stage }: Pick<CampaignState, 'stage'>): boolean {
  return (CAMPAIGN_ENDS as readonly string[]).includes(stage);
}

/** Who a halt is `by` when nobody asked for it: the campaign's own limits of cost and wallet. */
export const BUDGET = 'budget';

/** All a campaign remembers. Plain JSON, since it crosses continue-as-new; times are milliseconds since the epoch. */
export interface CampaignState {
  stage: CampaignStage;
  /** When the campaign was first started; a wish for "as soon as possible" counts from here. */
  begunAt: number;
  contacts?: Contacts;
  /** `leftOut` is the latest suppression order that it was made without the contacts of; absent where that is not known. */
  batch?: { batchId: string; status: string; phase: Look['phase']; leftOut?: number };
  /** When the calls begin, as Bolna says. */
  startsAt?: number | undefined;
  /** Until when the running timer sleeps, and why. */
  sleepingUntil?: number | undefined;
  scheduled?: boolean;
  missed?: { nextStart: number };
  /** When it is to start, where an operator has moved it. */
  start?: { startAt: number; startBy: number };
  /** What an operator has set in the place of the input's `maxCost`, in cents; null for no limit. */
  budget?: { maxCost: number | null; by?: string; at: number };
  look?: Look;
  /** Whether Bolna was given an address of the campaign's own, to tell when there is news. */
  hooked?: boolean;
  /** Whether a hint waits for its look, and how many have had one. */
  hinted?: boolean;
  hints?: number;
  halt?: Halt;
  /** Whether, after a halt, any call may have been made. */
  started?: boolean;
  /** Those of several batches whose halt Bolna shows. */
  haltShown?: number[];
  /** Whether the executions are in the storage; undefined before they were asked for. */
  collected?: boolean | undefined;
  /** Executions that Bolna has counted and did not list. */
  unlisted?: number | undefined;
  /** Why the campaign fails, and the type of the error where it has one. */
  failure?: string;
  failureType?: string | undefined;
  /** The batch with other contacts for which this campaign was refused. */
  otherBatch?: string | undefined;
  lastError?: string;
  /** What is wrong with steps under way, by their names, as far as they have told. */
  troubles?: Record<string, Trouble>;
  /** Of each of several batches under way, by its number: why a person should act on it. */
  batchAttention?: Record<number, Attention>;
  /** Of each of several batches, by its number: its ID at Bolna, as far as it has told. */
  batchIds?: Record<number, string>;
  /** Of one of several batches: what its campaign was last told of that. */
  toldAttention?: AttentionKind | undefined;
  /** Whether calls end for want of money, as of the last look. */
  outOfMoney?: boolean;
  /** Entries of suppression lists that could not be read, where the campaign goes on without them. */
  unreadableSuppressions?: number;
  /** What a person should know, in sentences. */
  notes: string[];
  results?: Results;
  /** How each of several batches ended, in their order; null while it has not. */
  ends?: (BatchEnd | null)[];
  /** Those of several batches that are under way. */
  underWay?: number[];
  /** Suppression orders that are not carried out yet. */
  suppressions?: PendingSuppression[];
  /** Requests to suppress contacts that the campaign has taken, and the latest order that it knows of. */
  suppressRequests?: number;
  orders?: number;
  /** Whether suppression orders are carried out no longer: the calls are over. */
  callsAreOver?: boolean;
  /** Whether every contact of the batch was suppressed before it was made, so that there is none. */
  nobodyLeft?: boolean;
  /** Contacts that the batch was made without, since they were suppressed while the campaign ran. */
  suppressedLater?: number;
  /** Whether it could not be learned which of the batches that this run has not begun were begun by another one. */
  partsUnknown?: boolean;
  /** What the campaign's callback was told; absent before anything was. */
  callbacks?: { begun: boolean; started: boolean; share: number; unwanted?: boolean };
}

/**
 * What becomes of one number that is suppressed while its campaign runs.
 * - `suppressed`: it is not called, and was not.
 * - `too-late`: it was called, or is on the line. It is not called again.
 * - `not-in-campaign`: no contact has it.
 * - `unknown`: it cannot be read (`why` is `unreadable`), or Bolna does not show yet whether it is called (`not-shown`).
 */
export interface SuppressedNumber {
  outcome: 'suppressed' | 'too-late' | 'not-in-campaign' | 'unknown';
  /** Of `too-late`: when Bolna's record of the call changed last, ISO 8601 in UTC; null where it does not say. */
  at?: string | null;
  why?: 'unreadable' | 'not-shown';
}

/** A suppression order that is being carried out. Small: it crosses continue-as-new, with as many others as there are. */
export interface PendingSuppression {
  /** Address of its list in the storage; absent where it is from an earlier run, and stands in the storage itself. */
  list?: string;
  country?: string;
  /** Once it is written down: its number. */
  order?: number;
  /** Set where all orders from the first on are meant. */
  andEarlier?: true;
  /** What is known of its numbers. */
  told: 'nothing' | 'partly' | 'all';
  /** Batches that were asked to make way, each once. */
  remakesAsked?: Part[];
}

/** How one of several batches ended. */
export interface BatchEnd {
  batchId: string | null;
  status: CampaignEnd;
  /** Valid rows whose call is over. */
  settled: number;
  counts: Record<string, number>;
  /** Cents of the account's currency, as far as they were asked for: the results say it exactly. */
  cost: number;
  startsAt: number | null;
  reason?: string;
  errorType?: string;
  collected: boolean;
  unlisted?: number;
  /** The halt that it has obeyed. */
  halt?: Halt['kind'];
  /** Set where it was asked to halt, and Bolna has never shown it. */
  haltUnconfirmed?: true;
  /** Whether any call may have been made. */
  called: boolean;
  mayStillCall: boolean;
  notCalledReason?: string;
  unsettledReason?: string;
  stoodStill?: true;
  notes: string[];
}

export function newState(now: number): CampaignState {
  return { stage: 'validating', begunAt: now, notes: [] };
}

/** When a batch is to start, as it was last wished: milliseconds since the epoch; without `startAt` as soon as Bolna allows. */
export function wishedStart({
  plan,
  state,
}: {
  plan: Pick<BatchPlan, 'startAt' | 'startBy'>;
  state: CampaignState;
}): StartWindow {
  const { startAt, startBy } = state.start ?? plan;
  return { startAt, startBy };
}

/** Forgets a batch that was deleted because its start was moved: another one is made in its place. */
export function forgetBatch(state: CampaignState): void {
  const ofBatch = [
    'batch',
    'suppressedLater',
    'startsAt',
    'scheduled',
    'look',
    'hooked',
    'hinted',
    'hints',
    'outOfMoney',
  ] as const;
  for (const key of ofBatch) delete state[key];
}

/** Notes what a person should know, once. */
export function note({ notes }: CampaignState, text: string): void {
  if (!notes.includes(text)) notes.push(text);
}

/** Rows of the file: `total` is the sum of the others. */
export interface ContactCounts {
  total: number;
  valid: number;
  rejected: number;
  duplicates: number;
  /** Rows whose number is on a suppression list; absent where there was no list. */
  suppressed?: number;
}

/** The counts alone. */
export function countsOf({ total, valid, rejected, duplicates, suppressed }: ContactCounts): ContactCounts {
  return { total, valid, rejected, duplicates, ...(suppressed !== undefined && { suppressed }) };
}

/** Why a person should look at a campaign. */
export type AttentionKind = (typeof ATTENTION_KINDS)[number];

export const ATTENTION_KINDS = [
  'halt-unconfirmed',
  'key-refused',
  'same-error-for-an-hour',
  'wallet-low',
  'not-started',
  'calls-unclear',
  'suppressions-unreadable',
  'start-missed',
  'rows-unsettled',
  'callback-undelivered',
] as const satisfies readonly (Trouble['kind'] | string)[];

/** Of a campaign that was asked to halt, while Bolna does not show it: before all else, people may still be called. */
export const HALT_UNCONFIRMED = 'halt-unconfirmed' satisfies AttentionKind;

/** Of a campaign whose callback was not told everything. Only what tells it knows, which outlives the campaign. */
export const CALLBACK_UNDELIVERED = 'callback-undelivered' satisfies AttentionKind;

/** That a person should look at a campaign: why, and what to do about it, in sentences. */
export interface Attention {
  kind: AttentionKind;
  text: string;
}

/** The answer to the query `progress`. Times are ISO 8601 in UTC. */
export interface CampaignProgress {
  campaignId: string;
  /** Why a person should look, and what to do; absent where nobody has to. */
  attention?: Attention;
  state: CampaignStage;
  batchId: string | null;
  batchStatus: string | null;
  startsAt: string | null;
  contacts: ContactCounts | null;
  /** Executions by status; `suppressed` are contacts without one, since they were suppressed while the campaign ran. */
  counts: Record<string, number>;
  /** Valid rows whose call is over, or that are suppressed, of `contacts.valid`. */
  settled: number;
  /** Cents of the account's currency; null while nothing is known. */
  cost: number | null;
  /** Whether `cost` is extrapolated from the latest calls. */
  costIsEstimate: boolean;
  lastLook: string | null;
  nextLook: string | null;
  lastError: string | null;
  halt: { kind: 'stop' | 'cancel'; reason: string | null; by: string | null; at: string } | null;
  notes: string[];
  /** Where the rows are split: `underWay` are the workflow IDs of the batches that run, each with a `progress` of its own. */
  batches?: { total: number; done: number; underWay: string[] };
}

/** What a campaign gives back: also the line that `run --json` prints. */
export interface CampaignResult {
  campaignId: string;
  batchId: string | null;
  status: CampaignEnd;
  startsAt: string | null;
  contacts: ContactCounts;
  /** Rows of the file by result; they add up to `contacts.total`. */
  outcomes: Record<string, number>;
  /** Cents of the account's currency. */
  cost: number;
  files: CampaignFiles | null;
  reason?: string;
  /**
   * Type of the error that a failed campaign ended with, for programs; `reason` is for people. `WalletEmpty` where a campaign completed
   * and nobody could be called because the wallet was empty.
   */
  errorType?: string;
  /** Set where it was asked to halt, and Bolna has never shown it: people may still be called. */
  haltUnconfirmed?: true;
  notes: string[];
}
