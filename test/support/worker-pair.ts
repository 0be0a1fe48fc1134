import { Context } from '@temporalio/activity';
import type { NativeConnection, WorkerOptions } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities } from '../../activities/types';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { bolnaTaskQueue } from '../../workflows/input';
import { prepared } from './env';
import { drawEachKindOnce } from './pictures';

const ACTIVITY_NAMES = Object.keys(createActivities({} as ActivityContext)) as (keyof Activities)[];

/** Runs an activity of whichever campaign it is. */
export type RunActivity = (name: keyof Activities, ask: never, campaignId: string) => Promise<unknown>;

/** Two workers for many campaigns: one for their workflows, and one for the steps of the Bolna account. */
export class WorkerPair {
  private constructor(private readonly workers: readonly { worker: Worker; over: Promise<void> }[]) {}

  /** @param more options of the worker for workflows */
  static async start(
    connection: NativeConnection,
    taskQueue: string,
    run: RunActivity,
    more: Partial<WorkerOptions> = {},
  ): Promise<WorkerPair> {
    // A bench measures the drawing, too.
    if (typeof jest === 'object') drawEachKindOnce();
    const common = {
      connection,
      activities: Object.fromEntries(
        ACTIVITY_NAMES.map((name) => [name, (ask: never) => run(name, ask, campaignId())]),
      ),
      maxHeartbeatThrottleInterval: '1 second' as const,
    };
    const workflowBundle = { codePath: prepared('TEST_WORKFLOW_BUNDLE') };
    const workers = await Promise.all([
      Worker.create({ ...common, taskQueue, workflowBundle, ...more }),
      Worker.create({ ...common, taskQueue: bolnaTaskQueue(taskQueue, DEFAULT_ACCOUNT) }),
    ]);
    return new WorkerPair(workers.map((worker) => ({ worker, over: worker.run() })));
  }

  /** Asks both to end, and waits until they have. */
  async end(): Promise<void> {
    for (const { worker } of this.workers) worker.shutdown();
    await Promise.all(this.workers.map(({ over }) => over));
  }
}

/** Of the activity that runs: batches and callbacks have the campaign's ID before the first slash of theirs. */
function campaignId(): string {
  const [id = ''] = Context.current().info.workflowExecution?.workflowId.split('/') ?? [];
  return id;
}
