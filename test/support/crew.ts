import { Context } from '@temporalio/activity';
import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities } from '../../activities/types';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { bolnaTaskQueue } from '../../workflows/input';
import { prepared } from './env';

const ACTIVITY_NAMES = Object.keys(createActivities({} as ActivityContext)) as (keyof Activities)[];

/**
 * Two workers for many campaigns: one for their workflows, and one for the steps of the Bolna account. To start them takes
 * ten times the CPU of a short campaign, so tests share them; each campaign has activities of its own.
 */
export class Crew {
  private readonly activities = new Map<string, Activities>();
  /** For workflows that belong to no campaign that was assigned. */
  private latest: Activities | undefined;
  private readonly workers: { worker: Worker; over: Promise<void> }[] = [];

  private constructor(readonly taskQueue: string) {}

  static async hire(connection: NativeConnection, taskQueue: string): Promise<Crew> {
    const crew = new Crew(taskQueue);
    const common = {
      connection,
      activities: Object.fromEntries(ACTIVITY_NAMES.map((name) => [name, (ask: never) => crew.run(name, ask)])),
      maxHeartbeatThrottleInterval: '1 second' as const,
    };
    const workflowBundle = { codePath: prepared('TEST_WORKFLOW_BUNDLE') };
    const workers = await Promise.all([
      Worker.create({ ...common, taskQueue, workflowBundle }),
      Worker.create({ ...common, taskQueue: bolnaTaskQueue(taskQueue, DEFAULT_ACCOUNT) }),
    ]);
    crew.workers.push(...workers.map((worker) => ({ worker, over: worker.run() })));
    return crew;
  }

  /** Sets the activities of a test; its campaigns are assigned to it one by one, any other workflow goes to the latest test. */
  serve(activities: Activities, campaignIds: readonly string[]): void {
    this.latest = activities;
    for (const id of campaignIds) this.assign(id, activities);
  }

  /** Sets the activities of one campaign, its batches and its callbacks. */
  assign(campaignId: string, activities: Activities): void {
    this.activities.set(campaignId, activities);
  }

  async dismiss(): Promise<void> {
    for (const { worker } of this.workers) worker.shutdown();
    await Promise.all(this.workers.map(({ over }) => over));
  }

  private async run(name: keyof Activities, ask: never): Promise<unknown> {
    const [campaignId = ''] = Context.current().info.workflowExecution?.workflowId.split('/') ?? [];
    const activities = this.activities.get(campaignId) ?? this.latest;
    if (!activities) throw new Error(`No test has activities for ${campaignId}.`);
    return activities[name](ask);
  }
}
