import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { CampaignOverError, ChangeRefusedError } from '../../client/errors';
import { drawEarlyMoment, drawMoment, momentInWords, type Wish } from '../moments';
import type { Scene } from '../scene';
import type { DrawFault, ExplainedEnd } from './fault';

/** What people and upstream systems do to a campaign, of all times now. */
interface Action {
  name: string;
  mayEnd?: readonly ExplainedEnd[];
  wish?: Wish;
  /** @param luck from 0 to 1: where the action itself has a choice */
  act(scene: Scene, luck: number): Promise<void>;
}

/** Started again after a cancel, a campaign finds its batch stopped. */
const CANCELED: readonly ExplainedEnd[] = ['canceled', 'stopped'];
const BY = { by: 'the harness' };

const DURING: readonly [Action, ...Action[]] = [
  {
    name: 'stop',
    mayEnd: ['stopped'],
    wish: 'halt',
    act: async (scene) => void (await scene.campaigns.stop(scene.campaignId, BY)),
  },
  {
    name: 'cancel',
    mayEnd: CANCELED,
    wish: 'halt',
    act: async (scene) => void (await scene.campaigns.cancel(scene.campaignId, BY)),
  },
  {
    name: "Temporal's cancel",
    mayEnd: CANCELED,
    wish: 'halt',
    act: async (scene) => void (await scene.client.workflow.getHandle(scene.campaignId).cancel()),
  },
  {
    name: 'terminate and start again',
    async act(scene, luck) {
      await scene.client.workflow.getHandle(scene.campaignId).terminate('an operator');
      await delay(luck < 0.5 ? 0 : luck * 4_000);
      await scene.startCampaign();
    },
  },
  { name: 'reset', act: reset },
  { name: 'start twice', act: startTwice },
  // Of a delete whose answer is lost, and that is looked into after the start, nobody can tell whether it came in time.
  // If Bolna's words are unknown, nobody can tell whether a batch has begun, so it is not replaced, and its start can be missed.
  { name: 'suppress', mayEnd: ['missed', 'lost'], wish: 'move', act: suppress },
  { name: 'suppress late', mayEnd: ['missed', 'lost'], act: suppress },
  { name: 'move the start', mayEnd: ['lost'], wish: 'move', act: moveStart },
];

const AFTER: readonly [Action, ...Action[]] = [
  { name: 'reset when it is over', act: reset },
  { name: 'start again when it is over', act: startTwice },
];

export const operator: DrawFault = (random) => {
  const steps = Array.from({ length: random.pick([1, 1, 2]) }, () => {
    const after = random.chance(0.15);
    const action = random.pick(after ? AFTER : DURING);
    // Moments at requests that only what an operator asks for makes are for others.
    const moment = action.wish === 'move' ? drawEarlyMoment(random) : drawMoment(random, []);
    return { action, after, moment, luck: random.next() };
  });
  return {
    words: `operator: ${steps.map(({ action, after, moment }) => `${action.name}${after ? '' : ` ${momentInWords(moment)}`}`).join(', then ')}`,
    mayEnd: steps.flatMap(({ action }) => action.mayEnd ?? []),
    wishes: steps.flatMap(({ action }) => action.wish ?? []),
    arrange(scene) {
      for (const { action, after, moment, luck } of steps) {
        const act = async () => {
          scene.note(action.name);
          await stubbornly(scene, () => action.act(scene, luck));
        };
        if (after) scene.afterEnd(act);
        else
          scene.at(moment, async () => {
            // Not waited for where a request is held: the campaign may need its answer.
            void scene.run(act());
            return undefined;
          });
      }
    },
  };
};

const REFUSALS = [WorkflowNotFoundError, CampaignOverError, ChangeRefusedError];

/** As a person would: once more while the server is away, and not where the campaign is over. */
async function stubbornly(scene: Scene, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (REFUSALS.some((refusal) => error instanceof refusal)) return scene.note(`refused: ${error}`);
      if (tries === 40) throw error;
      await delay(500);
    }
  }
}

async function startTwice(scene: Scene): Promise<void> {
  const { started } = await scene.startCampaign();
  scene.note(started ? 'it was free to be started again' : 'it was there already');
}

/** To a start up to ten seconds ahead, which are a hundred minutes of Bolna's. */
async function moveStart(scene: Scene, luck: number): Promise<void> {
  const startAt = new Date(Date.now() + 1_000 + luck * 9_000).toISOString();
  const { says } = await scene.campaigns.reschedule(scene.campaignId, { startAt });
  scene.note(`moved: ${says}`);
}

/** One of those who are to be called. */
async function suppress(scene: Scene, luck: number): Promise<void> {
  const valid = scene.shape.rows.filter(({ fate }) => fate === 'valid');
  const { number } = valid[Math.floor(luck * valid.length)] ?? {};
  if (number === undefined) return;
  scene.suppressed.set(number, scene.suppressed.get(number));
  const { numbers } = await scene.campaigns.suppress(scene.campaignId, [number]);
  const [told] = numbers;
  scene.suppressed.set(number, told?.outcome);
  scene.note(`suppressed ${number}: ${told?.says ?? 'no answer'}`);
}

/** To any point of its history, of the run that is current. */
async function reset({ client, campaignId }: Scene, luck: number): Promise<void> {
  const handle = client.workflow.getHandle(campaignId);
  const { runId } = await handle.describe();
  const { events } = await handle.fetchHistory();
  const points = (events ?? []).filter((event) => event.workflowTaskCompletedEventAttributes);
  const point = points[Math.floor(luck * points.length)];
  if (!point) return;
  await client.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: campaignId, runId },
    reason: 'an operator',
    workflowTaskFinishEventId: point.eventId ?? null,
    requestId: randomUUID(),
  });
}
