import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowNotFoundError } from '@temporalio/client';
import { CampaignOverError } from '../../client/errors';
import type { CampaignEnd } from '../../workflows/state';
import { drawMoment, momentInWords } from '../moments';
import type { Scene } from '../scene';
import type { DrawFault } from './fault';

/** What people and upstream systems do to a campaign, of all times now. */
interface Action {
  name: string;
  mayEnd?: readonly CampaignEnd[];
  /** @param luck from 0 to 1: where the action itself has a choice */
  act(scene: Scene, luck: number): Promise<void>;
}

/** Started again after a cancel, a campaign finds its batch stopped. */
const CANCELED: readonly CampaignEnd[] = ['canceled', 'stopped'];
const BY = { by: 'the harness' };

const DURING: readonly [Action, ...Action[]] = [
  { name: 'stop', mayEnd: ['stopped'], act: (scene) => scene.campaigns.stop(scene.campaignId, BY) },
  { name: 'cancel', mayEnd: CANCELED, act: (scene) => scene.campaigns.cancel(scene.campaignId, BY) },
  {
    name: "Temporal's cancel",
    mayEnd: CANCELED,
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
];

const AFTER: readonly [Action, ...Action[]] = [
  { name: 'reset when it is over', act: reset },
  { name: 'start again when it is over', act: startTwice },
];

const HALTS = ['stop', 'cancel', "Temporal's cancel"];

export const operator: DrawFault = (random) => {
  const steps = Array.from({ length: random.pick([1, 1, 2]) }, () => {
    const after = random.chance(0.15);
    const action = random.pick(after ? AFTER : DURING);
    // Moments at requests that only a halt makes are for a second action.
    return { action, after, moment: drawMoment(random, false), luck: random.next() };
  });
  return {
    words: `operator: ${steps.map(({ action, after, moment }) => `${action.name}${after ? '' : ` ${momentInWords(moment)}`}`).join(', then ')}`,
    mayEnd: steps.flatMap(({ action }) => action.mayEnd ?? []),
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

/** Whether a campaign with this fault is halted, unless it is over before. */
export function isHalting({ words }: { words: string }): boolean {
  return HALTS.some((halt) => words.includes(halt));
}

/** As a person would: once more while the server is away, and not where the campaign is over. */
async function stubbornly(scene: Scene, act: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError || error instanceof CampaignOverError)
        return scene.note(`refused: ${error}`);
      if (tries === 40) throw error;
      await delay(500);
    }
  }
}

async function startTwice(scene: Scene): Promise<void> {
  const { started } = await scene.startCampaign();
  scene.note(started ? 'it was free to be started again' : 'it was there already');
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
