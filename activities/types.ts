import type { RetryConfig } from '../bolna/retry-config';
import type { BatchPhase, ExecutionCounts } from '../bolna/statuses';

/**
 * What the workflow asks of its activities and what it is told: plain JSON, small, and without a single phone number,
 * since all of it is kept in the history. Times are milliseconds since the epoch.
 */
export interface Activities {
  validateContacts(ask: ValidateContacts): Promise<Contacts>;
  createBatch(ask: CreateBatch): Promise<CreatedBatch>;
  scheduleBatch(ask: ScheduleBatch): Promise<ScheduleOutcome>;
  moveBatch(ask: MoveBatch): Promise<MoveOutcome>;
  awaitProgress(ask: AwaitProgress): Promise<Look>;
  watchSpending(ask: WatchSpending): Promise<Spent>;
  haltBatches(ask: HaltBatches): Promise<Halted>;
  recordSuppression(ask: RecordSuppression): Promise<RecordedSuppression>;
  stopCalls(ask: StopCalls): Promise<StoppedCalls>;
  collectExecutions(ask: CollectExecutions): Promise<Collected>;
  saveRecordings(ask: SaveRecordings): Promise<SavedRecordings>;
  reconcileResults(ask: ReconcileResults): Promise<Results>;
  deleteTwins(ask: DeleteTwins): Promise<TwinsDeleted>;
  cancelWorkflow(): Promise<void>;
  deliverCallback(ask: DeliverCallback): Promise<CallbackOutcome>;
  campaignIsOver(ask: CampaignIsOver): Promise<boolean>;
  callbackIsUnwanted(ask: CallbackIsUnwanted): Promise<boolean>;
}

/** What is wrong with a step that is tried again and again. */
export interface Trouble {
  kind: 'key-refused' | 'same-error-for-an-hour';
  /** What the step says itself, in a sentence. */
  message: string;
  /** When it was first seen. */
  since: number;
}

/** What an attempt tells its workflow by a signal: once when there is trouble, and once when there is none any more. */
export interface TroubleReport {
  /** Name of the step. */
  step: keyof Activities;
  /** When the workflow asked for it, by the server's clock. */
  asked: number;
  trouble: Trouble | null;
}

export interface ValidateContacts {
  campaignId: string;
  /** A `uri` is of the storage, or of the web. */
  contacts: { uri: string } | { csv: string };
  /** What the file calls the column of the numbers. Default: `contact_number`, or the only one whose name can mean phone numbers. */
  numberColumn?: string | undefined;
  /** Whose numbers those without a + are, as in `IN`. Default: nobody's. */
  country?: string | undefined;
  /** Which sheet of a workbook. Default: the first. */
  sheet?: string | undefined;
  /** More valid rows than these are split into several batches. Default: one batch, whatever its size. */
  maxRowsPerBatch?: number | undefined;
  /** The Bolna account that is to call. */
  account?: string | undefined;
  /** Suppression lists of the campaign, beside those of the worker: addresses in the storage or in the web. */
  suppress?: string | readonly string[] | undefined;
  /** Whether entries of lists that cannot be read are left out with a note. Default: they refuse the campaign. */
  ignoreUnreadableSuppressions?: boolean | undefined;
  /** Columns without a value in which a row is rejected. */
  requireVariables?: readonly string[] | undefined;
  /** Where events are to be told: refused before anybody is called, where that cannot be. */
  callbackUrl?: string | undefined;
  /** Whether to say if search attributes can be set; absent where a workflow of an older version asks, which sets none. */
  searchable?: true;
}

/** When a batch begins at the earliest, by the worker's settings. Milliseconds. */
export interface StartRules {
  /** How far ahead a start is asked for at least. */
  leadMs: number;
  /** Bolna begins at the next multiple of this. */
  roundUpToMs: number;
}

export interface Contacts {
  /** Path of the input within the storage. */
  input: string;
  /** What the batch is called at Bolna: the campaign's idempotency key. */
  fileName: string;
  total: number;
  valid: number;
  rejected: number;
  duplicates: number;
  /** Rows whose number is on a suppression list; absent where there was none to look at. */
  suppressed?: number;
  /** Whether rows without a value in `requireVariables` are rejected: absent where nobody asked, or an older worker has read them. */
  required?: boolean;
  /** Entries of suppression lists that could not be read and were left out; absent if all were read. */
  unreadableSuppressions?: number;
  /** Whose files of contacts and rejected rows are the campaign's; absent in campaigns of version 0.2 and earlier. */
  edition?: string | undefined;
  /** Whether the Temporal server knows the campaigns' search attributes: of others it would take no value. */
  searchable?: boolean;
  /** What the input calls the column of the numbers, where that is not `contact_number`. */
  numberColumn?: string;
  /** What a person should know of the contacts, in sentences. */
  notes?: string[];
  /** Valid rows whose number is in no range the metadata knows. */
  flagged: number;
  /** Whether an earlier run of the campaign has asked for a start: people may have been called. */
  begun: boolean;
  /** How the rows are split into batches, in their order; absent where there is only one batch. */
  split?: { batches: number; rowsPerBatch: number };
  /** By which a moved start is refused that Bolna could not begin in time; absent in campaigns of version 0.3 and earlier. */
  starts?: StartRules;
  /** How many suppression orders there are from earlier runs; absent where there is none. */
  orders?: number;
}

/** Which of a campaign's batches, from 1; absent where it has only one. */
export interface Part {
  part?: number | undefined;
}

/** What must be in the wallet before anything is begun; absent where nothing must, or something has begun. */
export interface WalletAsk {
  /** In units of the account's currency, as Bolna gives it. */
  minWallet?: number | undefined;
}

export interface CreateBatch extends Part, WalletAsk {
  campaignId: string;
  agentId: string;
  fileName: string;
  fromPhoneNumbers?: readonly string[] | undefined;
  retry?: RetryConfig | undefined;
  webhookUrl?: string | undefined;
  /** See {@link Contacts}. */
  edition?: string | undefined;
}

export interface CreatedBatch {
  /** Set where every contact of the batch was suppressed since: there is no batch, and the other fields say nothing. */
  nobodyLeft?: true;
  batchId: string;
  status: string;
  phase: BatchPhase;
  startsAt: number | undefined;
  /** Whether it was there already: from a lost answer, an earlier run or a reset. */
  adopted: boolean;
  /** Whether Bolna was given an address of the campaign's own, to tell when there is news. */
  hooked?: boolean;
  /** The latest suppression order that it was made without the contacts of, 0 for none; absent where an older worker has made it. */
  leftOut?: number;
  /** Contacts in it, where it was made without some that were suppressed since. */
  rows?: number;
}

/** When a batch is to begin, milliseconds since the epoch. */
export interface StartWindow {
  /** Default: as soon as possible. */
  startAt?: number | undefined;
  /** The latest start that is in time. */
  startBy: number;
}

export interface ScheduleBatch extends Part, WalletAsk {
  campaignId: string;
  agentId: string;
  batchId: string;
  fileName: string;
  startAt: number | undefined;
  startBy: number;
  bypassCallGuardrails?: boolean | undefined;
  /** See {@link CreatedBatch}; absent where it is not known, and Bolna's name for the batch says it. */
  leftOut?: number | undefined;
}

export type ScheduleOutcome =
  /** `minded`: suppression orders were minded; absent where an older worker has scheduled it, which knows none. */
  | {
      outcome: 'scheduled';
      status: string;
      phase: BatchPhase;
      startsAt: number | undefined;
      note?: string;
      minded?: true;
    }
  /** More than 30 days ahead: Bolna takes it from `from` on. */
  | { outcome: 'too-early'; from: number }
  /** The next start Bolna would make is later than `startBy`. */
  | { outcome: 'missed'; nextStart: number }
  /** Another batch of this campaign is the one that is scheduled. */
  | { outcome: 'superseded'; by: string }
  /** The batch was deleted because its start was moved, and there is no other one yet. */
  | { outcome: 'moved' }
  /**
   * The batch has contacts that were suppressed since it was made, and has not started. Nothing was sent, and another one is to take its
   * place. Where it is `claimed`, an earlier attempt may have sent its start, so that it has to be deleted first.
   */
  | { outcome: 'outdated'; claimed: boolean };

export interface MoveBatch extends Part {
  campaignId: string;
  agentId: string;
  batchId: string;
  /**
   * Set where the batch makes way because it has contacts that were suppressed since it was made. It is left as it is where the others
   * could lose their calls by that: see `canBeMadeAnew`.
   */
  outdated?: boolean | undefined;
  /** When the next one is to begin; absent where that was checked before. */
  wish?: StartWindow | undefined;
}

export type MoveOutcome =
  /** Nothing was ever asked of the batch: it can be scheduled as it is. */
  | { outcome: 'kept' }
  /** It is deleted, and surely called nobody: another one may be made. */
  | { outcome: 'moved' }
  /** It has begun, or does at any moment; or Bolna does not delete it. It is left as it is. */
  | {
      outcome: 'begun' | 'refused';
      batch: { batchId: string; status: string; phase: BatchPhase };
      startsAt: number | undefined;
    };

export interface AwaitProgress extends Part {
  campaignId: string;
  agentId: string;
  batchId: string;
  /** Rows of the batch; Bolna got fewer where contacts were left out. */
  valid: number;
  /** See {@link Contacts}; absent in campaigns of version 0.4 and earlier. */
  fileName?: string;
  edition?: string | undefined;
  /** When the calls begin, as far as the workflow knows; absent in campaigns of version 0.4 and earlier. */
  startsAt?: number | undefined;
  /** When they were wished to begin; absent as `startsAt`, and for as soon as possible. */
  wishedStart?: number | undefined;
  /** What the workflow knows already; absent at the first look. */
  seen: Look | undefined;
  giveUpAt: number;
  retry?: RetryConfig | undefined;
  polling: { minMs: number | undefined; maxMs: number | undefined };
  /** Whether Bolna tells when there is news, so that looks are for the case that its word is lost. */
  hooked?: boolean | undefined;
  /** Whether whatever is seen is to be returned, news or not. */
  hinted?: boolean;
}

/** The latest look at a running batch, news or not: it stands in the pending activity's heartbeat. */
export interface LastLook {
  at: number;
  status: string;
  counts: ExecutionCounts;
  /** Executions that are over. */
  settled: number;
  /** Executions that are neither over nor waiting to be placed. */
  onTheLine: number;
  /** Cents of the account's currency; an estimate from the latest calls while a large campaign runs. */
  cost?: { soFar: number; estimated: boolean } | undefined;
  /** Rows that Bolna got, where its answer leaves them out: counted once, since all contacts are read for it. */
  rows?: CountedRows | undefined;
}

/** Rows of a batch that was made without the contacts of so many suppression orders. */
export interface CountedRows {
  leftOut: number;
  rows: number;
}

/** What one look at a running batch showed. */
export interface Look extends LastLook {
  /** When the next look is due, if there is one. */
  nextLookAt: number;
  phase: BatchPhase;
  startsAt: number | undefined;
  /** Executions that are waiting to be placed. */
  waiting: number;
  /** Since when neither status nor counts have changed. */
  stillSince: number;
  /** When the executions were last searched for a retry to come; told with a hinted look, after which another may come soon. */
  searchedAt?: number | undefined;
  /** Whether nothing can change any more. */
  over: boolean;
  /** Whether the wait ended because `giveUpAt` came. */
  gaveUp: boolean;
  /** Whether Bolna no longer knows the batch. */
  gone: boolean;
  /** Whether that is because its start was moved, by another run of the campaign. */
  moved?: boolean;
  /** What Bolna shows, in sentences, where the start has passed and Bolna shows nobody who was dialled. */
  notStarted?: string;
  /** Which calls are in a status never seen before while nothing has moved for an hour, in sentences. */
  unclear?: string;
}

export interface WatchSpending {
  campaignId: string;
  agentId: string;
  /** Cents of the account's currency. */
  maxCost: number;
  retry?: RetryConfig | undefined;
  polling: { minMs: number | undefined; maxMs: number | undefined };
}

/** What the calls of all batches had cost when their executions were last read. Cents of the account's currency. */
export interface Spent {
  soFar: number;
  at: number;
}

export interface HaltBatches extends Part {
  campaignId: string;
  agentId: string;
  batchId: string | undefined;
  retry?: RetryConfig | undefined;
}

export interface Halted {
  /** The campaign's batch after that, if there still is one. */
  batch: { batchId: string; status: string; phase: BatchPhase } | undefined;
  /** Whether any call may have been made: false when everything was deleted before its start. */
  started: boolean;
}

/** Numbers that must not be called any more, of a campaign that runs. */
export interface RecordSuppression {
  campaignId: string;
  /** Address of the numbers in the campaign storage: JSON, `{"numbers": ["+1…", …]}`, as a person typed them. */
  list: string;
  /** Whose numbers those without a country code are, as in `IN`. */
  country?: string | undefined;
  contacts: Pick<Contacts, 'fileName' | 'edition' | 'split'>;
}

export interface RecordedSuppression {
  /** Which of the campaign's suppression orders it is, from 1; 0 where it concerns no contact. */
  order: number;
  /**
   * Of each number of the list, in its order: whether it is a contact, `absent` from the file, was `suppressed` before the campaign
   * began, or is `unreadable`.
   */
  numbers: readonly ('contact' | 'absent' | 'suppressed' | 'unreadable')[];
}

/** Stops the calls to the contacts of suppression orders one by one. */
export interface StopCalls {
  campaignId: string;
  agentId: string;
  /** See {@link Contacts}. */
  fileName: string;
  order: number;
  /** Set where all orders from the first on are meant, after a new start: nobody waits for an answer, and none is given. */
  andEarlier?: boolean | undefined;
  /** The campaign's only batch, as far as the workflow knows. */
  batchId?: string | undefined;
  retry?: RetryConfig | undefined;
  /** What the workflow knows: `all` where each number has its answer, and what is left is to see to it that Bolna calls nobody again. */
  told: 'nothing' | 'partly' | 'all';
  /** Batches that were asked to make way for others without these contacts: each is asked once. */
  remakesAsked: readonly Part[];
  /** When the campaign's only batch is to begin; absent for several, each of which knows it by itself. */
  wish?: StartWindow | undefined;
  /** When the campaign is to begin, milliseconds since the epoch: no batch is started before. Absent: as soon as possible. */
  startAt?: number | undefined;
}

/** Whether a contact of a suppression order was called. */
export interface StoppedCall {
  /** `prevented`: no call was made, and none will be. `called`: one was made, or is on the line. `open`: Bolna does not show it yet. */
  is: 'prevented' | 'called' | 'open';
  /** When Bolna's record of a call that was made changed last. */
  at?: number;
}

export interface StoppedCalls {
  /** In the order of the list; null for a number that is no contact. */
  numbers: readonly (StoppedCall | null)[];
  /** Whether no call to any of them is to come. */
  done: boolean;
  /** Batches that have not started, and whose calls Bolna does not stop one by one. */
  remake?: readonly Part[];
}

export interface CollectExecutions extends Part {
  campaignId: string;
  agentId: string;
  batchId: string;
  /** Executions that Bolna has counted. */
  counted?: number | undefined;
}

export interface Collected {
  executions: number;
  /** Executions that Bolna has counted and does not list. */
  unlisted?: number;
  /** Whether Bolna no longer had any. */
  gone: boolean;
  /** When the last of them changed. */
  lastChange?: number;
}

export interface SaveRecordings {
  campaignId: string;
  /** How many batches the campaign has; absent where it has only one. */
  batches?: number | undefined;
}

/** Calls whose recordings are in the storage, and those whose cannot be had. */
export interface SavedRecordings {
  saved: number;
  missing: number;
}

export interface ReconcileResults {
  campaignId: string;
  /** Absent from workers before version 0.5. */
  agentId?: string;
  /** When the campaign was begun, milliseconds since the epoch; absent as `agentId`. */
  begunAt?: number;
  batchId: string | undefined;
  input: string;
  status: string;
  reason: string | undefined;
  startsAt: number | undefined;
  contacts: Contacts;
  /** Whether rows without an outcome may still be called, or may have been without anyone knowing. */
  mayStillCall: boolean;
  notCalledReason: string | undefined;
  /** Why rows without an execution are unsettled, where it is not that calls may still come. */
  unsettledReason?: string | undefined;
  /** Whether Bolna shows the batch as stopped, with calls that were never handed over and that have stood still since. */
  stoodStill?: true;
  /** Whether there are executions to reconcile with. */
  collected: boolean;
  /** Whether other contacts were called under this campaign ID, which may be the same people. */
  otherContacts?: true;
  /** Executions that Bolna has counted and does not list: any row without one may be theirs. */
  unlisted?: number | undefined;
  /** Whether the recordings were asked for, so that the results name them. */
  recordings?: true;
  /** The same of each batch, where there are several; it then holds for that batch's rows. */
  batches?: readonly BatchOfResults[];
  notes: readonly string[];
}

/** What the results of one batch's rows are written from. */
export interface BatchOfResults {
  collected: boolean;
  unlisted?: number | undefined;
  mayStillCall: boolean;
  notCalledReason?: string | undefined;
  unsettledReason?: string | undefined;
  stoodStill?: true;
  otherContacts?: true;
}

/** Addresses of what a campaign leaves. */
export interface CampaignFiles {
  results: string;
  /** Absent where nothing was collected. */
  executions?: string;
  rejected: string;
  summary: string;
  /** The folder of the recordings; absent where there are none. */
  recordings?: string;
  /** Absent where it could not be made, and in campaigns that ended before there were reports. */
  report?: string;
}

export interface Results {
  outcomes: Record<string, number>;
  /** Cents of the account's currency. */
  cost: number;
  files: CampaignFiles;
  /** What a person should know: rows that do not add up, executions that match nobody. */
  warnings: string[];
  /** Where nobody could be called because the wallet was empty: that, in a sentence. */
  walletEmpty?: string;
}

/** Without a part: all of the campaign's batches that were never scheduled. */
export interface DeleteTwins extends Part {
  campaignId: string;
  agentId: string;
  /** The campaign's own batch, if it was scheduled. */
  keep: string | undefined;
  /** Its own batch if it was not: the list may not show it yet. */
  unscheduled?: string | undefined;
  /** Whether this is part of a halt, which is not given up. */
  halting?: boolean | undefined;
  /** Whether it is about all of several batches: then what is on record is told also where Bolna refuses its list. */
  several?: boolean | undefined;
}

export interface TwinsDeleted {
  deleted: number;
  /** Which of several batches have been begun, by whatever run; absent where none has, or only one batch was asked about. */
  begun?: number[];
  /** Why Bolna's list could not be had, where it was refused. */
  refused?: string;
  /** IDs of batches that show nothing clear, and were left as they are. */
  unclear?: string[];
}

export interface DeliverCallback {
  campaignId: string;
  url: string;
  /** What the event says, whenever and by whichever run of the campaign it is said: of it `webhook-id` is made. */
  fact: string;
  event: { type: string; timestamp: string; data: object };
}

/** `gone`: whoever was told wants no more of it. */
export type CallbackOutcome = 'delivered' | 'gone';

export interface CampaignIsOver {
  campaignId: string;
}

export interface CallbackIsUnwanted {
  /** Of the workflow that told the callback, and has ended. */
  workflowId: string;
}
