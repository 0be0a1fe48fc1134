import { hasDialled, normalise } from './statuses';

/** Fields that stay empty, 0 or false as long as nobody was dialled. */
const SIGNS = [
  ...['retry_count', 'retry_history', 'conversation_duration', 'total_cost', 'transcript'],
  ...['answered_by_voice_mail', 'transfer_call_data'],
];
/** The same of `telephony_data`; its numbers and its provider may be there before the call. */
const TELEPHONY_SIGNS = [
  ...['duration', 'ring_duration', 'post_dial_delay', 'recording_url', 'provider_call_id'],
  ...['hangup_by', 'hangup_reason', 'hangup_code', 'hangup_provider_code'],
];
/** Fields that Bolna documents for every call. Without any of them, an execution says nothing of a dial. */
const TELLING = ['telephony_data', 'conversation_duration', 'total_cost'];
/** Ends that need no dial. Any other reason, known or new, may be that of a call. */
const REASONS_WITHOUT_DIAL = ['insufficient-balance', 'stopped', 'canceled'];

/**
 * Whether an execution shows that nobody was dialled, in this attempt or an earlier one. Bolna words such a call as it likes (`stopped`,
 * `canceled`), so the facts decide. An unknown is not evidence: a value that cannot be read, and an execution without the fields that
 * would tell, do not show it.
 */
export function showsNoDial(execution: Readonly<Record<string, unknown>>): boolean {
  const { status, telephony_data, batch_run_details, termination_reason } = execution;
  if (!TELLING.some((field) => execution[field] !== undefined)) return false;
  if (typeof status !== 'string' || hasDialled({ [status]: 1 })) return false;
  return (
    SIGNS.every((field) => isNothing(execution[field])) &&
    areNothing(telephony_data, TELEPHONY_SIGNS) &&
    areNothing(batch_run_details, ['retried']) &&
    (isNothing(termination_reason) || needsNoDial(termination_reason))
  );
}

/** Amounts of an execution that are above 0 only where someone was dialled. */
const DIALLED_AMOUNTS = ['retry_count', 'conversation_duration', 'total_cost'];

/**
 * Whether an execution shows that somebody was dialled, in this attempt or an earlier one. Not the opposite of {@link showsNoDial}: an
 * execution may show neither.
 */
export function showsDial(execution: Readonly<Record<string, unknown>>): boolean {
  const { status, retry_history, batch_run_details } = execution;
  if (typeof status === 'string' && hasDialled({ [status]: 1 })) return true;
  const { retried } = { ...(batch_run_details as { retried?: unknown } | null | undefined) };
  const amounts = [...DIALLED_AMOUNTS.map((field) => execution[field]), retried];
  return (Array.isArray(retry_history) && retry_history.length > 0) || amounts.some((amount) => Number(amount) > 0);
}

const HANG_UP = ['hangup_by', 'hangup_reason', 'hangup_code', 'hangup_provider_code'];

/**
 * Whether an execution shows that its call was hung up, in this attempt or an earlier one, whatever its status is called. Bolna's
 * documentation has `termination_reason` as null before and while the call runs.
 */
export function showsHangUp({ telephony_data, termination_reason }: Readonly<Record<string, unknown>>): boolean {
  const isReason = typeof termination_reason === 'string' && termination_reason.trim() !== '';
  if (typeof telephony_data !== 'object' || telephony_data === null) return isReason;
  return isReason || HANG_UP.some((field) => !isNothing((telephony_data as Record<string, unknown>)[field]));
}

function areNothing(object: unknown, fields: readonly string[]): boolean {
  if (isNothing(object)) return true;
  if (typeof object !== 'object') return false;
  return fields.every((field) => isNothing((object as Record<string, unknown>)[field]));
}

/** Numbers come as text, too. */
function isNothing(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '' || Number(value) === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false || value === 0;
}

function needsNoDial(reason: unknown): boolean {
  return typeof reason === 'string' && REASONS_WITHOUT_DIAL.includes(normalise(reason));
}
