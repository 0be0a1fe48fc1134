import type { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../activities/types';
import { WorkerPair } from './worker-pair';

/**
 * The workers that the tests of a suite share: to start them takes ten times the CPU of a short campaign. Each campaign has
 * activities of its own.
 */
export class Crew {
  private readonly activities = new Map<string, Activities>();
  /** For workflows that belong to no campaign that was assigned. */
  private latest: Activities | undefined;
  private workers: WorkerPair | undefined;

  private constructor(readonly taskQueue: string) {}

  static async hire(connection: NativeConnection, taskQueue: string): Promise<Crew> {
    const crew = new Crew(taskQueue);
    crew.workers = await WorkerPair.start(connection, taskQueue, async (name, ask, campaignId) => {
      const activities = crew.activities.get(campaignId) ?? crew.latest;
      if (!activities) throw new Error(`No test has activities for ${campaignId}.`);
      return activities[name](ask);
    });
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
    await this.workers?.end();
  }
}
