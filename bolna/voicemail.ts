import { isTerminal, normalise } from './statuses';

/** The fields of an execution that say who answered, as Bolna sent them. */
export interface Answered {
  status: string;
  /** A boolean; some answers have it as text. */
  answered_by_voice_mail?: unknown;
  /** Since 26 October 2026; null before the call is over, and absent on older accounts. */
  termination_reason?: unknown;
}

/**
 * Whether a call that is over reached a machine and nobody else. Such a call is `completed` with `answered_by_voice_mail`, or its
 * `termination_reason` is `voicemail_reached`. A call that was not placed for want of money is not one, whatever an earlier attempt
 * reached.
 */
export function reachedVoicemail({ status, answered_by_voice_mail, termination_reason }: Answered): boolean {
  const word = normalise(status);
  if (!isTerminal(word) || word === 'balance-low') return false;
  if (typeof termination_reason === 'string' && normalise(termination_reason) === 'voicemail-reached') return true;
  return word === 'completed' && (answered_by_voice_mail === true || answered_by_voice_mail === 'true');
}
