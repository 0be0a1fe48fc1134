import type { Dialect } from './dialect';
import type { Batch, Execution } from './model';
import { draw, drawBetween } from './random';
import { isRecorded } from './recordings';
import type { SimulatorRules } from './rules';
import { writeStart, writeTime } from './start-time';
import { inventTranscript } from './transcript';

/** A batch as `GET /batches/{id}`, the list and the webhook show it. */
export function renderBatch(
  batch: Batch,
  rules: SimulatorRules,
  dialect: Dialect,
  now: number,
): Record<string, unknown> {
  const updated = writeTime(batch.updatedAt, rules.times, 'updated');
  return dialect.object({
    batch_id: batch.id,
    humanized_created_at: humanAge(now - batch.createdAt),
    created_at: writeTime(batch.createdAt, rules.times, 'created'),
    updated_at: rules.invalidUpdatedAt ? `${updated.slice(0, 17)}89${updated.slice(19)}` : updated,
    status: dialect.batchStatus(batch.status),
    scheduled_at: batch.scheduledAt === null ? null : writeStart(batch.scheduledAt, rules.times),
    from_phone_numbers: batch.fromNumbers,
    file_name: batch.fileName,
    valid_contacts: batch.contacts.length,
    total_contacts: batch.total,
    execution_status: dialect.counts(batch),
  });
}

function humanAge(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes === 0 ? 'a few seconds ago' : minutes === 1 ? 'a minute ago' : `${minutes} minutes ago`;
}

/** A bought number of the account, where the upload named none. */
const HOUSE_NUMBER = '+12025550143';

const HANG_UPS: Partial<Record<string, [code: number, reason: string, by: string]>> = {
  completed: [4000, 'Normal Hangup', 'Callee'],
  'no-answer': [3010, 'No Answer', 'Carrier'],
  busy: [3020, 'Busy Line', 'Carrier'],
  failed: [3070, 'Network Error', 'Carrier'],
  error: [5010, 'Internal Error', 'Error'],
};
const INVALID_NUMBER: [code: number, reason: string, by: string] = [2000, 'Invalid Destination Number', 'Carrier'];

/** An execution as both executions paths and the agent's webhook show it. */
export function renderExecution(
  execution: Execution,
  rules: SimulatorRules,
  dialect: Dialect,
): Record<string, unknown> {
  const { batch, contact, outcome, status } = execution;
  const from = batch.fromNumbers[(contact.row - 1) % Math.max(1, batch.fromNumbers.length)] ?? HOUSE_NUMBER;
  const answered = outcome?.status === 'completed';
  const hungUp = execution.phase === 'after' || execution.phase === 'resting' || execution.phase === 'over';
  const done = status === 'completed' && outcome !== null;
  const seconds = hungUp && answered ? outcome.talkSeconds : 0;
  const spoken = done && !outcome.voicemail && seconds > 0;
  const cost = execution.costCents;
  const shown = dialect.executionStatus(execution);
  return dialect.object({
    id: wireId(execution, rules),
    agent_id: batch.agentId,
    batch_id: batch.id,
    status: shown,
    user_number: contact.number,
    agent_number: from,
    conversation_duration: seconds,
    total_cost: cost,
    transcript: done ? (outcome.transcript ?? inventTranscript(contact, seconds)) : null,
    summary: spoken ? 'The agent introduced itself and the person answered its questions.' : null,
    error_message: errorMessage(status),
    answered_by_voice_mail: done && outcome.voicemail,
    extracted_data: spoken ? (outcome.extracted ?? inventData(contact.number)) : null,
    context_details: { recipient_data: contact.fields, recipient_phone_number: contact.number },
    telephony_data: execution.dialledAt === null ? null : telephony(execution, rules, dialect, from, hungUp, seconds),
    ...(done && outcome.transferred && seconds > 0
      ? { transfer_call_data: { to_number: HOUSE_NUMBER, status: 'completed', duration: 20 } }
      : {}),
    cost_breakdown: share(cost),
    usage_breakdown: { synthesizer_characters: seconds * 15, transcriber_duration: seconds, llm_tokens: seconds * 40 },
    ...dialect.added(
      {
        termination_reason: dialect.terminationReason(execution, terminationReason(execution)),
        retry_count: execution.history.length,
        retry_history: execution.history.map(({ attempt, status: was, at }) => ({
          attempt,
          status: was,
          retried_at: writeTime(at, rules.times, 'other'),
        })),
      },
      execution.id,
    ),
    batch_run_details: {
      status: shown,
      created_at: writeTime(execution.createdAt, rules.times, 'created'),
      retried: execution.history.length,
    },
    created_at: writeTime(execution.createdAt, rules.times, 'created'),
    updated_at: writeTime(execution.updatedAt, rules.times, 'updated'),
  });
}

/** The ID of a call in answers. */
export function wireId(execution: Execution, rules: SimulatorRules): string | number {
  return rules.executionIds === 'integer' ? Number.parseInt(execution.id.slice(0, 8), 16) : execution.id;
}

function telephony(
  execution: Execution,
  rules: SimulatorRules,
  dialect: Dialect,
  from: string,
  hungUp: boolean,
  seconds: number,
): Record<string, unknown> {
  const { contact, outcome, status } = execution;
  const asText = rules.telephonyDuration === 'string' || (rules.telephonyDuration === 'mixed' && contact.row % 2 === 1);
  const hangUp = isInvalidNumber(execution) ? INVALID_NUMBER : HANG_UPS[outcome?.status ?? status];
  const [code, reason, by] = (hungUp ? hangUp : undefined) ?? [null, null, null];
  return {
    duration: asText ? String(seconds) : seconds,
    to_number: contact.number,
    from_number: from,
    recording_url: isRecorded(execution) ? dialect.recordingUrl(execution) : null,
    hosted_telephony: true,
    provider: 'plivo',
    ring_duration: hungUp && outcome?.status !== 'failed' ? (outcome?.ringSeconds ?? 0) : 0,
    hangup_by: by,
    hangup_code: code,
    hangup_reason: reason,
  };
}

function isInvalidNumber({ outcome }: Execution): boolean {
  return outcome?.status === 'failed' && outcome.invalidNumber;
}

/**
 * Why a call is over, in Bolna's words as documented in October 2026; null before. For a call that was stopped the documentation has no
 * word.
 */
function terminationReason(execution: Execution): string | null {
  const { status, outcome } = execution;
  switch (status) {
    case 'completed':
      return outcome?.voicemail ? 'voicemail_reached' : outcome?.transferred ? 'agent_ended_call' : 'user_hung_up';
    case 'no-answer':
      return 'no_answer';
    case 'busy':
      return 'busy';
    case 'failed':
      return isInvalidNumber(execution) ? 'invalid_number' : 'provider_error';
    case 'error':
      return 'platform_error';
    case 'balance-low':
      return 'insufficient_balance';
    default:
      return null;
  }
}

function errorMessage(status: string): string | null {
  if (status === 'failed') return 'The call could not be connected';
  if (status === 'error') return 'The provider reported an error during the call';
  if (status === 'balance-low') return 'Insufficient wallet balance';
  return null;
}

function share(cents: number): Record<string, number> {
  const part = (of: number) => Math.round(cents * of * 1000) / 1000;
  return { llm: part(0.15), network: part(0.2), platform: part(0.35), synthesizer: part(0.2), transcriber: part(0.1) };
}

function inventData(number: string): Record<string, unknown> {
  return { interested: draw(number, 'interested') < 0.5 ? 'yes' : 'no', rating: drawBetween([1, 5], number, 'rating') };
}
