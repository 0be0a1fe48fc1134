import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities } from '../../activities/types';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { bolnaTaskQueue } from '../../workflows/input';
import { prepared } from '../support/env';
import { Replays } from '../support/replays';
import { TestServer } from '../support/test-server';
import { Attempts } from './attempts';
import { type ModelClock, RealClock, SkippingClock } from './clock';

const ACTIVITY_NAMES: readonly (keyof Activities)[] = [
  'validateContacts',
  'createBatch',
  'scheduleBatch',
  'moveBatch',
  'awaitProgress',
  'haltBatches',
  'collectExecutions',
  'reconcileResults',
  'deleteTwins',
  'cancelWorkflow',
];

/** One time-skipping server with workers, on which sequence after sequence is played. */
export class Stage {
  readonly replays = new Replays();
  /** By campaign: the activities on its own storage and its own Bolna. */
  private readonly casts = new Map<string, Activities>();
  private readonly name = `model-${randomUUID()}`;
  private workers: { worker: Worker; over: Promise<void> }[] = [];

  private constructor(
    readonly env: TestServer,
    readonly clock: ModelClock,
    /** How much faster than the clock Bolna is. */
    readonly speed: number,
    readonly attempts: Attempts,
  ) {}

  /** With a time-skipping server of its own. */
  static async open(): Promise<Stage> {
    const env = await TestServer.skipping();
    const attempts = new Attempts();
    const clock = new SkippingClock(env, () => attempts.underWay.length > 0);
    const stage = new Stage(env, clock, 1, attempts);
    await stage.hireAll();
    return stage;
  }

  /** On a real server, which others use as well. */
  static async openOn(env: TestServer, speed: number): Promise<Stage> {
    const stage = new Stage(env, new RealClock(speed), speed, new Attempts());
    await stage.hireAll();
    return stage;
  }

  /** Whether things are done at exact moments, so that it can be told what comes of them. */
  get isExact(): boolean {
    return this.env.supportsTimeSkipping;
  }

  /** The workers go, with all they have in memory and whatever they are at, and others come. */
  async crash(): Promise<void> {
    await this.fire();
    await this.hireAll();
  }

  /**
   * Where campaigns are started.
   * @param forgetful whether the workers there forget each campaign after each of its steps, as if they had died
   */
  taskQueue(forgetful: boolean): string {
    return `${this.name}-${forgetful ? 'forgetful' : 'remembering'}`;
  }

  cast(campaignId: string, context: ActivityContext): void {
    this.casts.set(campaignId, createActivities(context));
  }

  dismiss(campaignId: string): void {
    this.casts.delete(campaignId);
    this.attempts.spareAll();
  }

  async close(): Promise<void> {
    await this.fire();
    await this.replays.close();
    if (this.isExact) await this.env.teardown();
  }

  /** Closes what may never answer again: what it still says is of no interest. */
  async abandon(): Promise<void> {
    for (const { worker } of this.workers) worker.shutdown();
    const over = Promise.allSettled(this.workers.map((each) => each.over));
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
    await this.env.teardown();
  }

  private async fire(): Promise<void> {
    for (const { worker } of this.workers) worker.shutdown();
    await Promise.all(this.workers.map(({ over }) => over));
    this.workers = [];
  }

  private async hireAll(): Promise<void> {
    await Promise.all([this.hire(true), this.hire(false)]);
  }

  private async hire(forgetful: boolean): Promise<void> {
    const taskQueue = this.taskQueue(forgetful);
    const common = {
      connection: this.env.nativeConnection,
      activities: this.activities(),
      maxHeartbeatThrottleInterval: '1 second' as const,
    };
    const workflowBundle = { codePath: prepared('TEST_WORKFLOW_BUNDLE') };
    const workers = await Promise.all([
      Worker.create({ ...common, taskQueue, workflowBundle, ...(forgetful && { maxCachedWorkflows: 0 }) }),
      Worker.create({ ...common, taskQueue: bolnaTaskQueue(taskQueue, DEFAULT_ACCOUNT) }),
    ]);
    this.workers.push(...workers.map((worker) => ({ worker, over: worker.run() })));
  }

  private activities(): Activities {
    const told = ACTIVITY_NAMES.map((name) => [
      name,
      (ask: never) => this.attempts.run(name, ask, () => this.play(name, ask)),
    ]);
    return Object.fromEntries(told);
  }

  private async play(name: keyof Activities, ask: never): Promise<unknown> {
    const [campaignId = ''] = Context.current().info.workflowExecution?.workflowId.split('/') ?? [];
    const activities = this.casts.get(campaignId);
    if (!activities) throw new Error(`Campaign ${campaignId} is over.`);
    return activities[name](ask);
  }
}
