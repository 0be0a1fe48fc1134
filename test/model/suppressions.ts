import { type SuppressAnswer, type SuppressRequest, suppressUpdate } from '../../workflows/messages';
import type { Run, Suppression } from './facts';
import { answersIn, askFor } from './updates';
import type { World } from './world';

/** Asks to suppress a number, and does not wait for the answer: the history tells it. Undefined where the campaign takes no such request. */
export async function suppress(world: World, number: string, at: number): Promise<Suppression | undefined> {
  const { rig, campaignId } = world;
  const path = `${campaignId}/suppress-${world.requests++}.json`;
  await rig.storage.write(path, JSON.stringify({ numbers: [number] }));
  const request: SuppressRequest = { list: rig.storage.uriOf(path) };
  const { id, refused } = await askFor(world.handle, suppressUpdate.name, request);
  return refused === undefined ? { id, number, at } : undefined;
}

/** Reads what the latest run has answered. */
export async function readSuppressed({ handle }: World, { suppressions }: Run): Promise<void> {
  if (suppressions.length === 0) return;
  const answers = await answersIn<SuppressAnswer>(handle);
  for (const suppression of suppressions) {
    const { answer } = answers.get(suppression.id) ?? {};
    const [told] = answer?.numbers ?? [];
    if (told) suppression.outcome = told.outcome;
  }
}

/** Of whom it was said that no call was made, and none will be: neither may ever become wrong, in whatever run. */
export function wrongSuppressions({ runs, rig }: World): string[] {
  return runs.flatMap((run, at) =>
    run.suppressions.flatMap(({ number, outcome }) => {
      if (outcome === 'not-in-campaign') return [`Run ${at + 1}: ${number} is said to be no contact.`];
      const dials = rig.simulator.dials(number).length;
      if (outcome === 'suppressed' && dials > 0)
        return [`Run ${at + 1}: ${number} is said to be suppressed, and was called ${dials} times.`];
      if (outcome === 'too-late' && dials === 0)
        return [`Run ${at + 1}: ${number} is said to have been called, and never was.`];
      return [];
    }),
  );
}

/** Whether any run was asked to suppress a number. */
export function isSuppressed({ runs }: Pick<World, 'runs'>, number: string): boolean {
  return runs.some(({ suppressions }) => suppressions.some((each) => each.number === number));
}

/** Whether any run answered that a number is suppressed. */
export function isAnswered({ runs }: Pick<World, 'runs'>, number: string): boolean {
  return runs.some(({ suppressions }) =>
    suppressions.some((each) => each.number === number && each.outcome === 'suppressed'),
  );
}
