import { proxyActivities, sleep } from '@temporalio/workflow';

/** What the bench compares campaigns with. Activities are given by each section. */
interface PlainActivities {
  isOver(): Promise<boolean>;
  nothing(): Promise<void>;
}

const { isOver, nothing } = proxyActivities<PlainActivities>({ startToCloseTimeout: '1 minute' });

/** The plain way to wait for something: look, sleep, look again. */
export async function loopWorkflow(everyMs: number): Promise<void> {
  while (!(await isOver())) await sleep(everyMs);
}

/** Nothing but what Temporal costs: as many empty activities, one after another, and timers as a campaign has. */
export async function bareWorkflow(activities: number, timersMs: readonly number[]): Promise<void> {
  for (let i = 0; i < activities; i++) {
    await nothing();
    const timer = timersMs[i];
    if (timer !== undefined) await sleep(timer);
  }
}
