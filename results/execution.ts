import * as z from 'zod';
import { showsNoDial } from '../bolna/dialled';
import { normalise, TERMINAL_STATUSES, type TerminalStatus } from '../bolna/statuses';
import { type Answered, reachedVoicemail } from '../bolna/voicemail';
import { cut } from '../contacts/cut';

/** What is kept of an execution while the results are put together: no transcript, so that a large campaign fits in memory. */
export interface Execution {
  id: string;
  /** Bolna's word in its usual spelling, or `voicemail` where a call that is over reached a machine. */
  status: string;
  /** Whether it shows that nobody was dialled. */
  undialled: boolean;
  /** When it last changed, in ms since 1970; 0 when not told. */
  changedAt: number;
  /** Digits of the numbers it may be about, the likeliest first. */
  numbers: number[];
  durationSeconds?: number;
  /** Cents of the account's currency. */
  cost?: number;
  retries?: number;
  recordingUrl: string;
  /** Why it is over, in Bolna's word as it came, at most 100 characters; empty where Bolna does not say. */
  terminationReason: string;
  /** As JSON; empty when there is none. */
  extracted: string;
  /** For people, at most 300 characters: what the termination reason means, then the API's own words; may be empty. */
  remark: string;
}

// No field is worth losing a row of the results over, so each one that cannot be read counts as missing.
const text = z.string().trim().min(1).optional().catch(undefined);
const idOrNumber = z
  .union([z.string().trim().min(1), z.number().transform(String)])
  .optional()
  .catch(undefined);
const amount = z
  .union([z.number(), z.string().trim().min(1).transform(Number)])
  .pipe(z.number().min(0).max(1e12))
  .optional()
  .catch(undefined);
const executionSchema = z.object({
  id: idOrNumber,
  status: text,
  user_number: idOrNumber,
  conversation_duration: amount,
  total_cost: amount,
  retry_count: amount,
  batch_run_details: z.object({ retried: amount }).optional().catch(undefined),
  error_message: text,
  answered_by_voice_mail: z.unknown().optional(),
  termination_reason: text,
  extracted_data: z.unknown().optional(),
  created_at: text,
  updated_at: text,
  telephony_data: z
    .object({ to_number: idOrNumber, duration: amount, recording_url: text, hangup_reason: text })
    .optional()
    .catch(undefined),
  context_details: z
    .object({ recipient_data: z.object({ contact_number: idOrNumber }) })
    .optional()
    .catch(undefined),
});

const MAX_REMARK = 300;
const MAX_TERMINATION_REASON = 100;
/** Termination reasons that tell what a person can do about a call that failed: a wrong number is not a bad line. */
const MEANINGS: Readonly<Record<string, string>> = {
  'invalid-number': 'invalid number',
  'provider-error': 'error of the telephony provider',
  'platform-error': 'error at Bolna',
  'insufficient-balance': 'empty wallet',
};

/** Takes what is needed of one execution as Bolna sends it; `undefined` when it is no object. */
export function readExecution(value: unknown): Execution | undefined {
  if (Array.isArray(value)) return undefined;
  const parsed = executionSchema.safeParse(value);
  if (!parsed.success) return undefined;
  const raw = parsed.data;
  const call = raw.telephony_data;
  const status = endOfCall({ ...raw, status: raw.status ?? '' });
  const execution: Execution = {
    id: raw.id ?? '',
    status,
    undialled: showsNoDial(value as Record<string, unknown>),
    changedAt: millis(raw.updated_at) || millis(raw.created_at),
    numbers: digits([call?.to_number, raw.user_number, raw.context_details?.recipient_data.contact_number]),
    recordingUrl: call?.recording_url ?? '',
    terminationReason: cut(raw.termination_reason ?? '', MAX_TERMINATION_REASON),
    extracted: json(raw.extracted_data),
    remark: remark(status, raw.termination_reason, raw.error_message ?? call?.hangup_reason),
  };
  const durationSeconds = call?.duration ?? raw.conversation_duration;
  if (durationSeconds !== undefined) execution.durationSeconds = durationSeconds;
  if (raw.total_cost !== undefined) execution.cost = raw.total_cost;
  const retries = raw.retry_count ?? raw.batch_run_details?.retried;
  if (retries !== undefined) execution.retries = retries;
  return execution;
}

/**
 * How a call ended: Bolna's status, `voicemail` where it reached a machine, or `balance-low` where it was not made because the wallet
 * was empty, whatever its status. Of a call that is not over, its status.
 */
export function endOfCall(call: Answered): string {
  if (reachedVoicemail(call)) return 'voicemail';
  const status = normalise(call.status);
  return isTerminal(status) && status !== 'completed' && lackedMoney(call) ? 'balance-low' : status;
}

function lackedMoney({ termination_reason: reason }: Answered): boolean {
  return typeof reason === 'string' && normalise(reason) === 'insufficient-balance';
}

/** Whether a call that ended so is over. @param status as {@link endOfCall} gives it */
export function isTerminal(status: string): status is TerminalStatus | 'voicemail' {
  return status === 'voicemail' || (TERMINAL_STATUSES as readonly string[]).includes(status);
}

/** The digits of an E.164 number as a number: compact, and blind to a `+`, `00` or space lost on the way. */
export function numberKey(number: string): number {
  return Number(number.replace(/\D/g, ''));
}

function digits(numbers: (string | undefined)[]): number[] {
  return numbers
    .map((number) => numberKey(number ?? ''))
    .filter((key, index, all) => key > 0 && all.indexOf(key) === index);
}

/** Bolna's own example has a second of 89: a time that cannot be read is no time. */
function millis(time: string | undefined): number {
  return time === undefined ? 0 : Date.parse(time) || 0;
}

function json(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  const written = typeof value === 'string' ? value : JSON.stringify(value);
  return written === '{}' ? '' : written;
}

function remark(status: string, reason: string | undefined, said: string | undefined): string {
  if (status === 'voicemail') return 'answered by voicemail';
  const meaning = MEANINGS[normalise(reason ?? '')];
  return cut([meaning, said].filter(Boolean).join(': '), MAX_REMARK);
}
