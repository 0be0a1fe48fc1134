/** What the documentation leaves open, or an account may do otherwise, is a rule here, so that a test can have it either way. */

export type CallResult = 'completed' | 'no-answer' | 'busy' | 'failed' | 'error';

/** Calls are placed only between two times of day (UTC); the others wait for the next opening. */
export interface Guardrail {
  /** Milliseconds after midnight UTC. */
  opensAtMs: number;
  /** Milliseconds after midnight UTC; at or before `opensAtMs` the window runs over midnight. */
  closesAtMs: number;
  /** Share of the rows that obey it, 0 to 1 (recipients live in several time zones). */
  share: number;
}

/**
 * How answers are worded.
 * - `documented`: as Bolna's documentation has it.
 * - `older`: as the earlier OpenAPI file has it: no `processed`, `queued` for a batch that runs and `executed` for one that is
 *   worked through; no `termination_reason`, and retries in `batch_run_details` alone.
 * - `strange`: words, fields and orders that nobody has documented, drawn from the seed. Nine in ten calls keep the
 *   word of their end, since a row's outcome is one of them.
 */
export type DialectName = (typeof DIALECTS)[number];

export const DIALECTS = ['documented', 'older', 'strange'] as const;

/** What an account's `wallet` can be told in. */
export const WALLET_UNITS = ['cents', 'units'] as const;

/** Spelling of a time. */
export type TimeStyle = (typeof TIME_STYLES)[number];

export const TIME_STYLES = [
  ...(['offset', 'offset-fraction', 'zulu', 'zulu-fraction'] as const),
  ...(['bare', 'bare-fraction', 'india', 'india-fraction'] as const),
] as const;

/** What a time is of. */
export type TimeField = 'created' | 'updated' | 'scheduled' | 'other';

/** Every duration is Bolna's own and is divided by the simulator's `speed`. */
export interface SimulatorRules {
  /** A start is rounded up to the next multiple of this. @default 10 minutes */
  roundingMs: number;
  /** A start nearer than this is refused. @default 2 minutes */
  minLeadMs: number;
  /** A start further ahead than this is refused. @default 30 days */
  maxAheadMs: number;
  /** From taking a free line to dialling, and from dialling to ringing. @default 1 second */
  setupSeconds: number;
  /** Shortest and longest time of ringing. @default 5 to 30 seconds */
  ringSeconds: [number, number];
  /** Shortest and longest conversation. @default 10 to 180 seconds */
  callSeconds: [number, number];
  /** From the end of a call to its terminal status. @default 2 to 3 minutes */
  postProcessingSeconds: [number, number];
  /** Simultaneous calls of the account. @default 10 */
  concurrency: number;
  /** Money of the account, in units (not cents). At 0 every further call ends `balance-low`. @default 10,000 */
  wallet: number;
  /** What `GET /user/me` tells the wallet in. @default 'cents', as Bolna's own command line reads it */
  walletUnit: (typeof WALLET_UNITS)[number];
  /** Price of a minute of conversation, in cents. @default 6 */
  centsPerMinute: number;
  /** Relative weights of the seeded results of a call. */
  weights: Record<CallResult, number>;
  /** Share of answered calls that a voicemail took. @default 0.04 */
  voicemailShare: number;
  /** Share of answered calls hung up at once: `completed` with 0 seconds. @default 0.03 */
  hungUpShare: number;
  /** Calling window of the agent. @default null, none */
  guardrail: Guardrail | null;
  /**
   * Where `recording_url` leads. `redirect`: to the API, which answers with a redirect to a signed link; `json`: to the API, which
   * answers with that link; `storage`: a signed link itself. @default 'redirect' ('storage' in the older dialect, 'json' in the strange one)
   */
  recordings: 'redirect' | 'json' | 'storage';
  /** How long a signed link to a recording works. @default 24 hours */
  recordingLinkSeconds: number;
  /** Whether a batch that is `scheduled` and has not begun can be stopped (else 404). @default true */
  stopScheduled: boolean;
  /** Whether a single call of a batch that has not begun can be stopped (else 400): documented are `queued` and `scheduled` calls. @default false */
  stopPrepared: boolean;
  /** Whether a `completed` batch with calls to come (retries, guardrails) can be stopped (else 404). @default false */
  stopResting: boolean;
  /** What a stop makes of calls that were not dialled: `stopped`, or `prepared` as they were. @default 'stopped' */
  stoppedCalls: 'stopped' | 'prepared';
  /** Whether a `scheduled` batch can be deleted (else 400). @default true */
  deleteScheduled: boolean;
  /** Whether a `running` batch can be deleted (else 400). @default false */
  deleteRunning: boolean;
  /** What scheduling a `scheduled` batch again does: 400, or another start. @default 'refuse' */
  scheduleTwice: 'refuse' | 'move';
  /** A new batch shows in the agent's list only after this long. @default 0 */
  listLagMs: number;
  /** From the upload to `processed`: the CSV is parsed. @default 1 second */
  parseSeconds: number;
  /** Whether executions exist (`prepared`) from the upload on, once the batch is `processed`, or once it begins. @default 'processed' */
  executionsFrom: 'create' | 'processed' | 'begin';
  /** The words of all answers. `older` also creates with 200, schedules with `scheduled` and has no executions before the start. */
  dialect: DialectName;
  /** @default 201 (200 in the older dialect) */
  createStatus: number;
  /** @default 200 */
  scheduleStatus: number;
  /** `when`: "scheduled at <time>"; `bare`: "scheduled". @default 'when' ('bare' in the older dialect) */
  scheduleState: 'when' | 'bare';
  /** Shape of `GET /batches/{id}/executions`; `paged-when-asked` looks for page_number or page_size. @default 'bare' */
  oldPath: 'bare' | 'paged' | 'paged-when-asked';
  /** Shape of `GET /v2/batches/{id}/executions`; `missing` answers 404. @default 'paged' */
  v2Path: 'paged' | 'bare' | 'missing';
  /** What a paged answer calls its page. @default 'page_number' */
  pageKey: 'page_number' | 'page';
  /** @default 'string' */
  executionIds: 'string' | 'integer';
  /**
   * Spelling of times in answers: `+00:00` or `Z`, with fractions or in whole seconds; `bare` has no offset, `india` +05:30, and
   * `mixed` a spelling for each field, as it may be given for each field. @default 'mixed' ('offset' in the older dialect)
   */
  times: TimeStyle | 'mixed' | Record<TimeField, TimeStyle>;
  /** Gives `updated_at` a second of 89, as the documentation's own example has. @default false */
  invalidUpdatedAt: boolean;
  /** Type of `telephony_data.duration`; `mixed` alternates by row. @default 'mixed' */
  telephonyDuration: 'number' | 'string' | 'mixed';
}

const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

export const DOCUMENTED_RULES: SimulatorRules = {
  roundingMs: 10 * MINUTE_MS,
  minLeadMs: 2 * MINUTE_MS,
  maxAheadMs: 30 * DAY_MS,
  setupSeconds: 1,
  ringSeconds: [5, 30],
  callSeconds: [10, 180],
  postProcessingSeconds: [120, 180],
  concurrency: 10,
  wallet: 10_000,
  walletUnit: 'cents',
  centsPerMinute: 6,
  weights: { completed: 70, 'no-answer': 16, busy: 6, failed: 5, error: 3 },
  voicemailShare: 0.04,
  hungUpShare: 0.03,
  guardrail: null,
  recordings: 'redirect',
  recordingLinkSeconds: 86_400,
  stopScheduled: true,
  stopPrepared: false,
  stopResting: false,
  stoppedCalls: 'stopped',
  deleteScheduled: true,
  deleteRunning: false,
  scheduleTwice: 'refuse',
  listLagMs: 0,
  parseSeconds: 1,
  executionsFrom: 'processed',
  dialect: 'documented',
  createStatus: 201,
  scheduleStatus: 200,
  scheduleState: 'when',
  oldPath: 'bare',
  v2Path: 'paged',
  pageKey: 'page_number',
  executionIds: 'string',
  times: 'mixed',
  invalidUpdatedAt: false,
  telephonyDuration: 'mixed',
};

const OLDER: Partial<SimulatorRules> = {
  createStatus: 200,
  scheduleState: 'bare',
  executionsFrom: 'begin',
  recordings: 'storage',
  times: 'offset',
};

const BY_DIALECT: Partial<Record<DialectName, Partial<SimulatorRules>>> = {
  older: OLDER,
  strange: { recordings: 'json' },
};

export function resolveRules(given: Partial<SimulatorRules> = {}): SimulatorRules {
  return { ...DOCUMENTED_RULES, ...(given.dialect && BY_DIALECT[given.dialect]), ...given };
}
