import { randomUUID } from 'node:crypto';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities } from '../../activities/types';
import { Replays } from '../support/replays';
import { TestServer } from '../support/test-server';
import { WorkerPair } from '../support/worker-pair';
import { Attempts } from './attempts';
import { type ModelClock, RealClock, SkippingClock } from './clock';

/** One time-skipping server with workers, on which sequence after sequence is played. */
export class Stage {
  readonly replays = new Replays();
  /** By campaign: the activities on its own storage and its own Bolna. */
  private readonly casts = new Map<string, Activities>();
  private readonly name = `model-${randomUUID()}`;
  private workers: WorkerPair[] = [];

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
    const over = Promise.allSettled(this.workers.map((pair) => pair.end()));
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
    await this.env.teardown();
  }

  private async fire(): Promise<void> {
    await Promise.all(this.workers.map((pair) => pair.end()));
    this.workers = [];
  }

  private async hireAll(): Promise<void> {
    this.workers = await Promise.all([this.hire(true), this.hire(false)]);
  }

  private hire(forgetful: boolean): Promise<WorkerPair> {
    return WorkerPair.start(
      this.env.nativeConnection,
      this.taskQueue(forgetful),
      (name, ask, campaignId) => this.attempts.run(name, ask, () => this.play(name, ask, campaignId)),
      forgetful ? { maxCachedWorkflows: 0 } : {},
    );
  }

  private async play(name: keyof Activities, ask: never, campaignId: string): Promise<unknown> {
    const activities = this.casts.get(campaignId);
    if (!activities) throw new Error(`Campaign ${campaignId} is over.`);
    return activities[name](ask);
  }
}
