import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { CampaignClient } from '../../client/campaigns';
import type { Batch } from '../../simulator/model';
import type { SimulatorOptions } from '../../simulator/options';
import type { RecordedRequest } from '../../simulator/records';
import { ENDPOINTS, type Endpoint } from '../../simulator/routes';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import type { CampaignInput } from '../../workflows/input';
import type { CampaignResult } from '../../workflows/state';
import type { DevServer } from './dev-server';
import { prepared } from './env';
import { pool, startNode, type TestProcess, until, within } from './processes';
import { AGENT, csvOf, numberOf } from './rig';

/** Ten minutes of Bolna's are one second: its rounding stays a whole second, the finest its times on the wire can say. */
export const SPEED = 600;
/** A page and a bit of executions. */
export const PEOPLE = 52;
/** The people, a row that is no number, and one that is there twice. */
export const ROWS = PEOPLE + 2;
export const CSV = `${csvOf(PEOPLE)}not a number,Nobody\n${numberOf(0)},Again\n`;
/** From the death of a worker to the end of its campaign; 20 s of it pass until a missing heartbeat is noticed. */
const LIMIT_MS = 150_000;

/** A request of a campaign, named by what it is for. */
export interface Moment {
  name: string;
  is(request: RecordedRequest, scene: Scene): boolean;
}

/** The nth request to an endpoint, counted from 1, within the campaign or a phase of it. */
export function nth(n: number, endpoint: Endpoint, name: string): Moment {
  return {
    name,
    is: (request, scene) => request.endpoint === endpoint && request.nth - scene.countedFrom(endpoint) === n,
  };
}

/** The first request to an endpoint at which a condition holds. */
export function once(endpoint: Endpoint, condition: (request: RecordedRequest, scene: Scene) => boolean, name: string) {
  return {
    name,
    is: (request: RecordedRequest, scene: Scene) => request.endpoint === endpoint && condition(request, scene),
  };
}

/** The look that ends a collecting: right after all its pages, which are two in a row, where a poll reads one. */
export const COMPARING: Moment = once('get', isRightAfterAllPages, 'comparing with what Bolna counts');

function isRightAfterAllPages({ number }: RecordedRequest, scene: Scene): boolean {
  const before = scene.requestsCounted().filter((request) => request.number < number);
  return before.length > 1 && before.slice(-2).every(({ endpoint }) => endpoint === 'executions');
}

/** How a worker process differs from the usual one. */
export interface WorkerChanges {
  /** Flags of the command `worker`. */
  flags?: readonly string[];
  /** Folder of another build of the product. */
  build?: string;
  env?: NodeJS.ProcessEnv;
}

/** Whether the worker dies before the simulator has done anything, or when all is done and nothing answered. */
export type Phase = 'before' | 'after';
export const PHASES: readonly Phase[] = ['before', 'after'];

/**
 * A worker uses a core for a second while it starts, and little afterwards: many may wait at once, but few may start. The next worker
 * after a crash does not queue behind first workers, because its campaign is already running.
 */
const startFirst = pool(2);
const startNext = pool(2);

/** Where the campaign's files are. */
export interface Place {
  /** What a worker needs in its environment to find them. */
  env: Record<string, string>;
  /** Reads one, past all workers. */
  read(path: string): Promise<string | Buffer>;
}

/** One campaign with a task queue, a storage folder, a simulator and a worker process of its own. */
export class Scene {
  private static n = 0;
  readonly campaignId = `crash-${process.pid}-${++Scene.n}`;
  /** How often the worker, or the server, was killed at a moment. */
  kills = 0;
  /** When Bolna was first made to stop or delete the batch. Milliseconds since the epoch. */
  haltedAt: number | undefined;
  /** The worker started last. */
  worker: TestProcess | undefined;
  private readonly workers: TestProcess[] = [];
  private successor: Promise<TestProcess> | undefined;
  private readonly folder = mkdtempSync(join(tmpdir(), 'crash-'));
  private readonly place: Place;
  private readonly counted = new Map<Endpoint, number>();

  private constructor(
    private readonly server: DevServer,
    readonly simulator: Simulator,
    readonly campaigns: CampaignClient,
    readonly taskQueue: string,
    elsewhere: Place | undefined,
  ) {
    const { folder } = this;
    this.place = elsewhere ?? { env: { CAMPAIGN_DATA: folder }, read: (path) => readFile(join(folder, path)) };
    simulator.onRequest((phase, { endpoint, worked }) => {
      if (phase === 'after' && worked && ['stop', 'delete'].includes(endpoint)) this.haltedAt ??= Date.now();
    });
  }

  /** @param place where the files are, if not in a folder of this scene's own */
  static async start(server: DevServer, options: SimulatorOptions = {}, place?: Place): Promise<Scene> {
    const outcomes = () => ({ status: 'completed', talkSeconds: 180, voicemail: false }) as const;
    const simulator = await startSimulator({ speed: SPEED, outcomes, ...options });
    const taskQueue = `crash-${simulator.port}`;
    return new Scene(server, simulator, new CampaignClient(await server.client(), { taskQueue }), taskQueue, place);
  }

  /** Starts a worker process, and resolves once it works; there may be another one. */
  async startWorker({
    flags = [],
    build = prepared('TEST_BUILD'),
    env: more,
  }: WorkerChanges = {}): Promise<TestProcess> {
    const env = {
      TEST_BUILD: build,
      CRASH_SPEED: String(SPEED),
      // Workers share nothing but what they are told to.
      HOME: join(this.folder, `home-${this.workers.length}`),
      TEMPORAL_ADDRESS: this.server.address,
      BOLNA_API_KEY: 'bn-test',
      // At this speed the usual margin of half a minute would be 50 ms, which a busy machine can take for anything.
      BOLNA_MIN_LEAD: '8m',
      BOLNA_BASE_URL: this.simulator.url,
      CAMPAIGN_TASK_QUEUE: this.taskQueue,
      ...this.place.env,
      CAMPAIGN_POLL_MIN: '200ms',
      CAMPAIGN_POLL_MAX: '500ms',
      ...more,
    };
    const start = this.workers.length === 0 ? startFirst : startNext;
    return start(async () => {
      const worker = startNode([resolve('test/support/crash-worker.js'), ...flags], env);
      this.workers.push(worker);
      this.worker = worker;
      let ended = false;
      void worker.exited.then(() => {
        ended = true;
      });
      await this.until('a worker that works', () => ended || worker.stderr().includes('Worker on task queue'));
      return worker;
    });
  }

  /** Starts the campaign, and a worker for it. @param startInMs how far ahead it begins; default: as soon as Bolna allows */
  async begin(startInMs?: number): Promise<void> {
    await this.startWorker();
    const startAt = startInMs === undefined ? {} : { startAt: new Date(Date.now() + startInMs).toISOString() };
    await this.startCampaign(startAt);
  }

  async startCampaign(input: Partial<CampaignInput> = {}): Promise<void> {
    await this.campaigns.start(this.campaignId, { agentId: AGENT, contacts: { csv: CSV }, ...input });
  }

  /** Requests that moments name by their number are counted from the next request to this endpoint on. */
  countFromNext(start: Endpoint): void {
    for (const endpoint of ENDPOINTS) this.counted.set(endpoint, Number.POSITIVE_INFINITY);
    const remove = this.simulator.onRequest((_, request) => {
      if (request.endpoint !== start) return;
      remove();
      for (const endpoint of ENDPOINTS) this.counted.set(endpoint, 0);
      for (const { endpoint, nth, number } of this.simulator.requests) {
        if (number < request.number) this.counted.set(endpoint, nth);
      }
    });
  }

  countedFrom(endpoint: Endpoint): number {
    return this.counted.get(endpoint) ?? 0;
  }

  /** Calls `act` in the middle of the first request that is a moment's, once; the connection is then cut if `act` says so. */
  at(moment: Moment, phase: Phase, act: () => Promise<'drop' | undefined>): void {
    let reached: RecordedRequest | undefined;
    const remove = this.simulator.onRequest(async (now, request) => {
      if (now === 'before' && reached === undefined && moment.is(request, this)) reached = request;
      if (now !== phase || request !== reached) return undefined;
      remove();
      return act();
    });
  }

  /** Asks the worker to end with SIGTERM, and resolves once it has begun to. */
  async askToEnd(): Promise<void> {
    const { worker } = this;
    void worker?.end('SIGTERM');
    await this.until('the worker shuts down', () => /STOPPING|DRAINING|STOPPED/.test(worker?.stderr() ?? ''));
  }

  /** Kills the worker with SIGKILL that carries out the step under way, and starts another one. */
  async killBusy(): Promise<void> {
    const { raw } = await (await this.server.client()).workflow.getHandle(this.campaignId).describe();
    const identity = raw.pendingActivities?.[0]?.lastWorkerIdentity ?? '';
    const busy = this.workers.find((worker) => identity.startsWith(`${worker.pid}@`));
    if (!busy) throw new Error(`No worker is ${identity}.\n${this.trace()}`);
    await busy.end('SIGKILL');
    this.kills++;
    this.successor = this.startWorker();
    this.successor.catch(() => undefined);
  }

  /** Kills the worker with SIGKILL at that moment and starts another one. */
  killAt(moment: Moment, phase: Phase): void {
    this.at(moment, phase, async () => {
      await this.worker?.end('SIGKILL');
      this.kills++;
      // Not waited for: the dead worker's connection is to be cut now.
      this.successor = this.startWorker();
      this.successor.catch(() => undefined);
      return 'drop';
    });
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(() => `${what}\n${this.trace()}`, condition);
  }

  async result(): Promise<CampaignResult> {
    return within(LIMIT_MS, () => `the end of the campaign\n${this.trace()}`, this.campaigns.result(this.campaignId));
  }

  /** Path of one of the campaign's files, where no other place than the folder is told. */
  path(name: string): string {
    return join(this.folder, this.campaignId, name);
  }

  /** results.csv, a record a row. */
  async rows(): Promise<Record<string, string>[]> {
    return parse(await this.place.read(`${this.campaignId}/results.csv`), { columns: true });
  }

  /** Batches that Bolna still has. */
  batches(): readonly Readonly<Batch>[] {
    return this.simulator.batches().filter((batch) => !batch.deleted);
  }

  /** Executions that may still change; undefined before there is a batch. */
  open(): number | undefined {
    return this.batches().at(-1)?.open;
  }

  requests(endpoint: Endpoint): RecordedRequest[] {
    return this.simulator.requests.filter((request) => request.endpoint === endpoint);
  }

  /** The requests from where `countFromNext` began to count. */
  requestsCounted(): RecordedRequest[] {
    return this.simulator.requests.filter(({ endpoint, nth }) => nth > this.countedFrom(endpoint));
  }

  /** What has happened, for whoever has to find out why it should not have. */
  trace(): string {
    const requests = this.simulator.requests.map(
      ({ endpoint, status, fault }) => `${endpoint} ${status ?? '-'}${fault ? ` (${fault})` : ''}`,
    );
    return [this.campaignId, requests.join(', '), ...this.workers.map((worker) => worker.stderr().slice(-3_000))].join(
      '\n',
    );
  }

  async close(): Promise<void> {
    await this.successor?.catch(() => undefined);
    await Promise.all(this.workers.map((worker) => worker.end('SIGKILL')));
    await this.simulator.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What of a campaign is looked at once it is over, in a form that says in a failing test what is wrong. */
export interface Account {
  status: string;
  /** How often each number was dialled, for those that were dialled at all. */
  dials: Record<string, number>;
  /** Lines of the file, as results.csv has them. */
  lines: number[];
  /** Rows by result, from results.csv. */
  buckets: Record<string, number>;
  outcomes: Record<string, number>;
  /** Batches ever made: after a crash the one there is is found again. */
  batchesMade: number;
  batchesLeft: number;
  /** Batches that ever had a start. */
  batchesScheduled: number;
  /** Calls that may still be placed. */
  callsToCome: number;
  kills: number;
}

/** Waits for the campaign's end and takes stock. */
export async function account(scene: Scene): Promise<Account> {
  const { status, outcomes } = await scene.result();
  const rows = await scene.rows();
  const batches = scene.batches();
  return {
    status,
    dials: tally(scene.simulator.dials().map((dial) => dial.number)),
    lines: rows.map((row) => Number(row.line)),
    buckets: tally(rows.map((row) => row.result ?? '')),
    outcomes,
    batchesMade: scene.simulator.batches().length,
    batchesLeft: batches.length,
    batchesScheduled: scene.simulator.batches().filter((batch) => batch.scheduledAt !== null).length,
    callsToCome: batches
      .flatMap((batch) => batch.executions)
      .filter(({ phase }) => ['waiting', 'resting', 'moved'].includes(phase)).length,
    kills: scene.kills,
  };
}

/** Every person called once, every row in one bucket, one batch. */
export const CALLED_ONCE = {
  status: 'completed',
  dials: Object.fromEntries(Array.from({ length: PEOPLE }, (_, i) => [numberOf(i), 1])),
  lines: Array.from({ length: ROWS }, (_, i) => i + 2),
  buckets: { completed: PEOPLE, rejected: 1, duplicate: 1 },
  outcomes: { completed: PEOPLE, rejected: 1, duplicate: 1 },
  batchesMade: 1,
  batchesLeft: 1,
  batchesScheduled: 1,
  callsToCome: 0,
} satisfies Partial<Account>;

export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
