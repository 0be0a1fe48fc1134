import { BolnaError } from '../../bolna/errors';
import { differs, type Finding, unknown } from './finding';
import type { World } from './world';

/** One line of the outcome: its name, and what the facts say about it. */
export type Check<Seen> = readonly [name: string, judge: (seen: Seen, world: World) => Finding];

/** A finding under the name of its check. */
export interface Line extends Finding {
  check: string;
}

/** Asks Bolna, then lets each of its checks judge what was seen: `observe` knows no verdicts, and a check sends nothing. */
export interface Step<Seen = unknown> {
  /** What an earlier step has to have done: made a batch, or given it a start. Default: nothing. */
  needs?: 'batch' | 'start';
  observe(world: World): Promise<Seen>;
  checks: readonly Check<Seen>[];
}

/** A step whose checks agree on what was seen. */
export function step<Seen>(given: Step<Seen>): Step {
  return given as Step;
}

/** The lines of a step. An answer that did not come, or that cannot be read, makes each of them unknown. */
export async function linesOf({ needs, observe, checks }: Step, world: World): Promise<Line[]> {
  const under = (finding: (judge: Check<unknown>[1]) => Finding) =>
    checks.map(([check, judge]) => ({ check, ...finding(judge) }));
  if (needs && !world.batch) return under(() => unknown('not checked, since there is no batch'));
  if (needs === 'start' && !world.batch?.starts)
    return under(() => unknown('not checked, since the batch has no start'));
  let seen: unknown;
  try {
    seen = await observe(world);
  } catch (error) {
    if (!(error instanceof BolnaError)) throw error;
    return under(() => findingOf(error));
  }
  return under((judge) => judge(seen, world));
}

/** What an error of Bolna's means for what was to be checked: a refusal is an answer, silence is none. */
export function findingOf(error: BolnaError): Finding {
  const text = error.message.replace(/\.$/, '');
  return error.kind === 'unavailable' || error.kind === 'rate-limited' ? unknown(text) : differs(text);
}
