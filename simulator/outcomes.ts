import type { Contact } from './contacts-file';
import { draw, drawBetween } from './random';
import type { CallResult, SimulatorRules } from './rules';

/** How one call goes. Seconds are Bolna's own, before the division by `speed`. */
export interface Outcome {
  status: CallResult;
  ringSeconds: number;
  /** Length of the conversation if there is one; 0 = answered and hung up at once. */
  talkSeconds: number;
  /** Days of it keep an execution at `call-disconnected` that long. */
  postProcessingSeconds: number;
  voicemail: boolean;
  /** Whether a call that `failed` failed for its number, and not for the line. */
  invalidNumber: boolean;
  /** The agent passed the call to a person. */
  transferred: boolean;
  /** Instead of the made-up one. */
  transcript?: string;
  /** Instead of the made-up data. */
  extracted?: Record<string, unknown>;
}

/** Fixes all or a part of how a call goes; what is left out comes from the seed. `attempt` 1 is the first call. */
export type OutcomeOverride = (contact: Contact, attempt: number) => Partial<Outcome> | undefined;

const RESULTS: readonly CallResult[] = ['completed', 'no-answer', 'busy', 'failed', 'error'];

function weighted(weights: Record<CallResult, number>, at: number): CallResult {
  const total = RESULTS.reduce((sum, result) => sum + weights[result], 0);
  let rest = at * total;
  for (const result of RESULTS) {
    rest -= weights[result];
    if (rest < 0) return result;
  }
  return 'completed';
}

/** A pure function of seed, number and attempt: whoever knows the seed knows every result beforehand. */
export function outcomeOf(
  seed: string,
  rules: SimulatorRules,
  contact: Contact,
  attempt: number,
  override?: OutcomeOverride,
): Outcome {
  const of = (what: string) => [seed, contact.number, attempt, what] as const;
  const seeded: Outcome = {
    status: weighted(rules.weights, draw(...of('status'))),
    ringSeconds: drawBetween(rules.ringSeconds, ...of('ring')),
    talkSeconds: draw(...of('hung up')) < rules.hungUpShare ? 0 : drawBetween(rules.callSeconds, ...of('talk')),
    postProcessingSeconds: drawBetween(rules.postProcessingSeconds, ...of('post')),
    voicemail: draw(...of('voicemail')) < rules.voicemailShare,
    // A number that is wrong stays wrong at each attempt.
    invalidNumber: draw(seed, contact.number, 'invalid number') < 0.5,
    transferred: draw(...of('transferred')) < 0.03,
  };
  return { ...seeded, ...override?.(contact, attempt) };
}
