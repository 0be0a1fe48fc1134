import type { DialectName } from '../simulator/rules';
import { DevServer, replay } from '../test/support/dev-server';
import type { CampaignEnd } from '../workflows/state';
import type { ExplainedEnd, Kind } from './faults/fault';
import type { Plan } from './plan';
import { Scene } from './scene';
import { type Counts, contradictedRows, judge, noCounts, readLines } from './verdict';

/** What became of a run. */
export interface Outcome {
  run: number;
  kinds: readonly Kind[];
  /** How Bolna worded its answers. */
  dialect: DialectName;
  words: readonly string[];
  /** How the campaign ended; `asks` if it waits for a person, `stuck` if it did not end otherwise. */
  end: CampaignEnd | 'terminated' | 'asks' | 'stuck';
  /** Whether anything was done to the campaign: it can end before the moment comes. */
  disturbed: boolean;
  counts: Counts;
  calls: number;
  seconds: number;
  /** Only of a run that went wrong. */
  trace?: readonly string[];
}

/** One campaign from its start to its verdict. @param shared the server it uses, unless its own is to be killed */
export async function runOne(plan: Plan, shared: DevServer): Promise<Outcome> {
  const own = plan.kinds.includes('server') ? await DevServer.start() : undefined;
  try {
    return await runOn(plan, own ?? shared);
  } finally {
    await own?.stop();
  }
}

async function runOn(plan: Plan, server: DevServer): Promise<Outcome> {
  const begun = Date.now();
  const scene = await Scene.open(plan.shape, server);
  try {
    for (const fault of plan.faults) fault.arrange(scene);
    await scene.begin();
    const ended = await scene.end();
    const counts = await judge(scene, ended, explainedEnds(plan));
    const { replayed, failures } = await replay(scene.client, `WorkflowId STARTS_WITH "${scene.campaignId}"`);
    counts.notReplayed = replayed === 0 ? 1 : failures.length;
    const wrong = Object.values(counts).some((count) => count > 0);
    return {
      ...told(plan),
      end: ended ? (scene.result?.status ?? 'terminated') : scene.asksForPerson ? 'asks' : 'stuck',
      disturbed: scene.deeds.length > 0 || scene.simulator.requests.some(({ fault }) => fault !== undefined),
      counts,
      calls: scene.simulator.dials().length,
      seconds: (Date.now() - begun) / 1000,
      ...(wrong && { trace: await traceOf(scene, failures) }),
    };
  } catch (error) {
    // Not the campaign's fault, but nothing is known of the campaign either.
    return {
      ...told(plan),
      end: 'stuck',
      disturbed: scene.deeds.length > 0,
      counts: { ...noCounts(), notCarriedOut: 1 },
      calls: scene.simulator.dials().length,
      seconds: (Date.now() - begun) / 1000,
      trace: [String(error instanceof Error ? error.stack : error), ...scene.troubles, ...scene.trace()],
    };
  } finally {
    await scene.close();
  }
}

function told({ run, kinds, shape, faults }: Plan): Pick<Outcome, 'run' | 'kinds' | 'dialect' | 'words'> {
  return { run, kinds, dialect: shape.dialect, words: [shape.words, ...faults.map(({ words }) => words)] };
}

/** Ends beside `completed` that the plan can lead to. */
function explainedEnds({ faults, shape }: Plan): ExplainedEnd[] {
  // A dead worker is noticed after 20 s: a start that has to come sooner can be missed by any of them.
  return [
    ...faults.flatMap(({ mayEnd }) => mayEnd ?? []),
    ...(shape.startWithinMs === undefined ? [] : ['missed' as const]),
  ];
}

async function traceOf(scene: Scene, failures: readonly { error: Error }[]): Promise<string[]> {
  return [
    `result: ${JSON.stringify(scene.result ?? (await scene.progress()))}`,
    ...contradictedRows(scene, await readLines(scene)),
    ...scene.troubles,
    ...failures.map(({ error }) => String(error.stack)),
    ...scene.trace(),
  ];
}
