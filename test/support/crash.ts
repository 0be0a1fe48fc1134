import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Client } from '@temporalio/client';
import { parse } from 'csv-parse/sync';
import { CampaignClient } from '../../client/campaigns';
import { NoWorkerError } from '../../client/errors';
import type { Batch } from '../../simulator/model';
import type { SimulatorOptions } from '../../simulator/options';
import type { RecordedRequest } from '../../simulator/records';
import { ENDPOINTS, type Endpoint } from '../../simulator/routes';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import type { CampaignInput } from '../../workflows/input';
import type { CampaignResult, CampaignStage } from '../../workflows/state';
import type { DevServer } from './dev-server';
import { type TestProcess, until, within } from './processes';
import { AGENT, csvOf, numberOf } from './rig';
import { type Place, SPEED, type WorkerChanges, Workplace } from './workplace';

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

/** Whether the worker dies before the simulator has done anything, or when all is done and nothing answered. */
export type Phase = 'before' | 'after';
export const PHASES: readonly Phase[] = ['before', 'after'];

/** One campaign with a simulator of its own, and a workplace that it may share. */
export class Scene {
  private static n = 0;
  readonly campaignId = `crash-${process.pid}-${++Scene.n}`;
  /** How often the worker, or the server, was killed at a moment. */
  kills = 0;
  /** When Bolna was first made to stop or delete the batch. Milliseconds since the epoch. */
  haltedAt: number | undefined;
  readonly campaigns: CampaignClient;

  private readonly counted = new Map<Endpoint, number>();

  private constructor(
    private readonly client: Client,
    private readonly workplace: Workplace,
    readonly simulator: Simulator,
    private readonly account: string | undefined,
  ) {
    const { taskQueue, place } = workplace;
    this.campaigns = new CampaignClient(client, { taskQueue, ...(place.storage && { storage: place.storage }) });
    simulator.onRequest((phase, { endpoint, worked }) => {
      if (phase === 'after' && worked && ['stop', 'delete'].includes(endpoint)) this.haltedAt ??= Date.now();
    });
  }

  /** @param place where the files are, if not in a folder of this scene's own */
  static async start(server: DevServer, options: SimulatorOptions = {}, place?: Place): Promise<Scene> {
    const scenes = await Scene.startTogether([undefined], server, options, place);
    return scenes.get(undefined) as Scene;
  }

  /**
   * Scenes that share a workplace: one worker process carries out the campaigns of all of them.
   * @param keys by which to find them
   * @param options of each scene's simulator, or of the simulator of the scene with this place among the keys
   * @returns a scene for each key
   */
  static async startTogether<Key>(
    keys: readonly Key[],
    server: DevServer,
    options: SimulatorOptions | ((at: number) => SimulatorOptions) = {},
    place?: Place,
  ): Promise<Map<Key, Scene>> {
    const outcomes = () => ({ status: 'completed', talkSeconds: 180, voicemail: false }) as const;
    const optionsAt = typeof options === 'function' ? options : () => options;
    const simulators = await Promise.all(
      keys.map((_, at) => startSimulator({ speed: SPEED, outcomes, ...optionsAt(at) })),
    );
    const workplace = await Workplace.open(server, simulators, place);
    const client = await server.client();
    return new Map(
      workplace.desks.map(({ account, simulator }, i) => [
        keys[i] as Key,
        new Scene(client, workplace, simulator, account),
      ]),
    );
  }

  get taskQueue(): string {
    return this.workplace.taskQueue;
  }

  /** The worker started last. */
  get worker(): TestProcess | undefined {
    return this.workplace.worker;
  }

  /** Starts a worker process, and resolves once it works; there may be another one. */
  startWorker(changes?: WorkerChanges): Promise<TestProcess> {
    return this.workplace.startWorker(changes);
  }

  /** Starts the campaign, and a worker for it. @param startInMs how far ahead it begins; default: as soon as Bolna allows */
  async begin(startInMs?: number): Promise<void> {
    await this.workplace.begin();
    const startAt = startInMs === undefined ? {} : { startAt: new Date(Date.now() + startInMs).toISOString() };
    await this.startCampaign(startAt);
  }

  async startCampaign(input: Partial<CampaignInput> = {}): Promise<void> {
    const { account } = this;
    const usual = { agentId: AGENT, contacts: { csv: CSV }, ...(account !== undefined && { account }) };
    await this.campaigns.start(this.campaignId, { ...usual, ...input });
  }

  /** Puts contacts into the storage that only the worker checks, as those behind an address. */
  storedContacts(csv: string): { uri: string } {
    const file = this.path('../unchecked.csv');
    writeFileSync(file, csv);
    return { uri: pathToFileURL(file).href };
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
    const { raw } = await this.client.workflow.getHandle(this.campaignId).describe();
    const identity = raw.pendingActivities?.[0]?.lastWorkerIdentity ?? '';
    await this.workplace.replaceWorker(this.workplace.workerWith(identity));
    this.kills++;
  }

  /**
   * Kills the worker with SIGKILL at that moment and starts another one. Where the workplace is shared, the request waits for the
   * other campaigns to be at their moments too.
   */
  killAt(moment: Moment, phase: Phase): void {
    this.at(moment, phase, async () => {
      await this.together(() => this.workplace.replaceWorker());
      this.kills++;
      // The dead worker's connection.
      return 'drop';
    });
  }

  /** Waits until all scenes of the workplace are here; what the last one of them brings is done for all. */
  together(act: () => Promise<void>): Promise<void> {
    return this.workplace.meeting.join(act);
  }

  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await until(() => `${what}\n${this.trace()}`, condition);
  }

  /** Waits until the campaign is in that state. */
  async reaches(state: CampaignStage): Promise<void> {
    await this.until(state, async () => {
      try {
        return (await this.campaigns.get(this.campaignId)).state === state;
      } catch (error) {
        // Where many campaigns begin at once, an answer can be late; the next question has one.
        if (error instanceof NoWorkerError) return false;
        throw error;
      }
    });
  }

  async result(): Promise<CampaignResult> {
    return within(LIMIT_MS, () => `the end of the campaign\n${this.trace()}`, this.campaigns.result(this.campaignId));
  }

  /** Path of one of the campaign's files, where no other place than the folder is told. */
  path(name: string): string {
    return join(this.workplace.folder, this.campaignId, name);
  }

  /** results.csv, a record a row. */
  async rows(): Promise<Record<string, string>[]> {
    return parse(await this.workplace.place.read(`${this.campaignId}/results.csv`), { bom: true, columns: true });
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
    return [this.campaignId, requests.join(', '), this.workplace.trace()].join('\n');
  }

  /** Ends the workplace with it, also for those that share it. */
  async close(): Promise<void> {
    await this.workplace.close();
    await this.simulator.close();
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
  /** Calls whose end Bolna shows in a word that nobody knows. */
  unclear: number;
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
    unclear: batches.flatMap((batch) => batch.executions).filter((execution) => scene.simulator.endsUnclear(execution))
      .length,
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
  unclear: 0,
} satisfies Partial<Account>;

/** The same in the words of any dialect: how a call ended whose end is in an unknown one, no row can say. */
export function calledOnce({ unclear }: Account): Omit<Account, 'kills'> {
  const { completed, ...others } = CALLED_ONCE.buckets;
  const buckets = { completed: completed - unclear, ...others, ...(unclear > 0 && { unsettled: unclear }) };
  return { ...CALLED_ONCE, buckets, outcomes: buckets, unclear };
}

export function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
