import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities } from '../../activities/types';
import { BolnaClient } from '../../bolna/client';
import { bolnaRules } from '../../bolna/start-time';
import { BolnaTime } from '../../bolna/time';
import { Outside } from '../../egress/outside';
import type { SimulatorOptions } from '../../simulator/options';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { LocalStorage } from '../../storage/local';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import type { campaignWorkflow } from '../../workflows/campaign';
import type { CampaignInput } from '../../workflows/input';
import { cancelSignal, progressQuery, stopSignal } from '../../workflows/messages';
import type { CampaignProgress, CampaignResult, CampaignState } from '../../workflows/state';
import type { TestServer } from './test-server';

export const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Told as an activity begins, and when an attempt has succeeded: a test's way to be there at a certain step. */
export type ActivityHook = (phase: 'before' | 'after', activity: keyof Activities, ask: unknown) => unknown;

export type CampaignHandle = WorkflowHandleWithFirstExecutionRunId<typeof campaignWorkflow>;

/** `n` contacts with numbers from the range reserved for fiction. */
export function csvOf(n: number, header = 'contact_number,customer_name'): string {
  return `${[header, ...Array.from({ length: n }, (_, i) => `${numberOf(i)},Person ${i}`)].join('\n')}\n`;
}

export function numberOf(i: number): string {
  return `+1202555${String(100 + i).padStart(4, '0')}`;
}

/**
 * A campaign's whole world on one virtual clock: Temporal's time-skipping server, a worker, a storage folder and the
 * simulator, which asks the server for the time. Weeks pass in milliseconds; nothing sleeps.
 */
export class Rig {
  readonly client;
  onActivity: ActivityHook | undefined;
  /** Puts other steps in the place of some, as a worker of another version has them. */
  change: ((activities: Activities) => Activities) | undefined;
  private readonly handles: CampaignHandle[] = [];
  /** Has the workers that run carry out a campaign with this rig's storage and simulator. */
  private carryOut: ((campaignId: string) => void) | undefined;

  private constructor(
    readonly env: TestServer,
    readonly simulator: Simulator,
    readonly storage: LocalStorage,
    readonly context: ActivityContext,
    private readonly folder: string,
    readonly taskQueue: string,
  ) {
    this.client = env.client;
  }

  /** @param options.taskQueue where workers of someone else listen; default: that of the suite's workers */
  static async start(
    options: SimulatorOptions & {
      env: TestServer;
      context?: Partial<ActivityContext>;
      taskQueue?: string;
      /** How far the workers' clocks are ahead of Bolna's, in milliseconds; negative for behind. Default: they agree. */
      clockIsAheadMs?: number;
    },
  ): Promise<Rig> {
    const { env, context: changes, taskQueue = env.taskQueue, clockIsAheadMs = 0, ...simulation } = options;
    const now = () => env.currentTimeMs();
    const simulator = await startSimulator({ clock: { now }, ...simulation });
    const wrong = clockIsAheadMs === 0 ? undefined : new BolnaTime(async () => (await now()) + clockIsAheadMs);
    const connection = { apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 1_000 };
    const folder = await mkdtemp(join(tmpdir(), 'campaigns-'));
    const storage = new LocalStorage(folder);
    const context: ActivityContext = {
      bolna: new BolnaClient({ ...connection, ...(wrong && { time: wrong }) }),
      outside: new Outside(),
      storage,
      rules: bolnaRules(),
      leadMs: 150_000,
      account: DEFAULT_ACCOUNT,
      accounts: [DEFAULT_ACCOUNT],
      polling: { minMs: 5_000, maxMs: 10 * MINUTE },
      searchable: async () => true,
      now,
      ...(wrong && { now: () => wrong.now(), clockIsAhead: () => wrong.clockIsAhead }),
      ...changes,
    };
    return new Rig(env, simulator, storage, context, folder, taskQueue);
  }

  /** Runs `scenario` with workers, then replays every history it made. */
  async run<T>(scenario: () => Promise<T>): Promise<T> {
    const outcome = await this.whileWorking(scenario);
    for (const handle of this.handles) await this.replay(handle);
    return outcome;
  }

  /** Runs `scenario` with workers: those of the suite, which are dismissed where the scenario leaves something undone. */
  async whileWorking<T>(scenario: () => Promise<T>): Promise<T> {
    const crew = await this.env.workersOn(this.taskQueue);
    const activities = this.activities();
    const campaignIds = this.handles.map(({ workflowId }) => workflowId);
    crew.serve(activities, campaignIds);
    this.carryOut = (campaignId) => crew.assign(campaignId, activities);
    let everythingIsOver = false;
    try {
      const outcome = await scenario();
      everythingIsOver = await this.isOver();
      return outcome;
    } finally {
      this.carryOut = undefined;
      this.env.isSound = everythingIsOver;
      if (!everythingIsOver) await this.env.dismissWorkers();
    }
  }

  private async isOver(): Promise<boolean> {
    const campaigns = await Promise.all(this.handles.map((handle) => handle.describe()));
    return campaigns.every(({ status }) => status.name !== 'RUNNING');
  }

  private activities(): Activities {
    const ours = createActivities(this.context);
    const activities = this.change?.(ours) ?? ours;
    const told = Object.entries(activities).map(([name, run]) => [
      name,
      async (ask: never) => {
        await this.onActivity?.('before', name as keyof Activities, ask);
        const outcome = await run(ask);
        await this.onActivity?.('after', name as keyof Activities, ask);
        return outcome;
      },
    ]);
    return Object.fromEntries(told);
  }

  /** @param carried what an earlier run remembers */
  async begin(
    input: Partial<CampaignInput> = {},
    workflowId = `campaign-${randomUUID()}`,
    carried?: CampaignState,
  ): Promise<CampaignHandle> {
    this.carryOut?.(workflowId);
    const asked = { agentId: AGENT, contacts: { csv: csvOf(3) }, ...input };
    const handle = await this.client.workflow.start<typeof campaignWorkflow>('campaignWorkflow', {
      workflowId,
      taskQueue: this.taskQueue,
      args: carried ? [asked, carried] : [asked],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
    });
    this.handles.push(handle);
    return handle;
  }

  /** The campaign begun last. */
  get latest(): CampaignHandle {
    const handle = this.handles.at(-1);
    if (!handle) throw new Error('No campaign was begun.');
    return handle;
  }

  async stop(handle: CampaignHandle, why?: { reason?: string; by?: string }): Promise<void> {
    await handle.signal(stopSignal, why);
  }

  async cancel(handle: CampaignHandle, why?: { reason?: string; by?: string }): Promise<void> {
    await handle.signal(cancelSignal, why);
  }

  progress(handle: CampaignHandle): Promise<CampaignProgress> {
    return handle.query(progressQuery);
  }

  /** The result as the memo holds it: there for every end, also of a canceled campaign. */
  async memoResult(handle: CampaignHandle): Promise<CampaignResult> {
    return (await handle.describe()).memo?.result as CampaignResult;
  }

  /** results.csv, a record a row. */
  async rows(campaignId: string): Promise<string[]> {
    return (await this.file(campaignId, 'results.csv')).trimEnd().split('\n');
  }

  file(campaignId: string, name: string): Promise<string> {
    return readFile(join(this.folder, campaignId, name), 'utf8');
  }

  /** All files in the campaign's folder, by name. */
  async files(campaignId: string): Promise<Record<string, string>> {
    const entries = await readdir(join(this.folder, campaignId), { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    const texts = await Promise.all(names.map(async (name) => [name, await this.file(campaignId, name)]));
    return Object.fromEntries(texts);
  }

  async replay(handle: Pick<CampaignHandle, 'workflowId' | 'firstExecutionRunId'>): Promise<void> {
    await this.env.replay(handle.workflowId, handle.firstExecutionRunId);
  }

  async close(): Promise<void> {
    await this.context.bolna.close();
    await this.simulator.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
