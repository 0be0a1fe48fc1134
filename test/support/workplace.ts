import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Simulator } from '../../simulator/simulator';
import type { DevServer } from './dev-server';
import { prepared } from './env';
import { Meeting } from './meeting';
import { startNode, type TestProcess, until } from './processes';
import { Switchboard } from './switchboard';

/** Ten minutes of Bolna's are one second: its rounding stays a whole second, the finest its times on the wire can say. */
export const SPEED = 600;

/** How a worker process differs from the usual one. */
export interface WorkerChanges {
  /** Flags of the command `worker`. */
  flags?: readonly string[];
  /** Folder of another build of the product. */
  build?: string;
  env?: NodeJS.ProcessEnv;
}

/** Where the campaigns' files are. */
export interface Place {
  /** What a worker needs in its environment to find them. */
  env: Record<string, string>;
  /** What a client is told of it. Default: nothing, and it finds results where the campaign names them. */
  storage?: string;
  /** Reads one, past all workers. */
  read(path: string): Promise<string | Buffer>;
}

/**
 * A task queue, a storage folder, and a worker process for the campaigns of one scene or of several. Each campaign calls with an
 * account of its own, which is a simulator of its own. A worker takes a CPU second to start, and to carry out one campaign more
 * takes next to none: that is why campaigns which are to lose their worker at about the same time lose one together.
 */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'crash-'));
  readonly place: Place;
  /** Where the campaigns wait for each other, each at its moment. */
  readonly meeting: Meeting;
  readonly taskQueue: string;
  /** The worker started last. */
  worker: TestProcess | undefined;
  private readonly workers: TestProcess[] = [];
  private first: Promise<TestProcess> | undefined;
  private successor: Promise<TestProcess> | undefined;
  private closed: Promise<void> | undefined;

  private constructor(
    private readonly server: DevServer,
    readonly desks: readonly Desk[],
    private readonly bolnaUrl: string,
    private readonly board: Switchboard | undefined,
    elsewhere: Place | undefined,
  ) {
    const { folder } = this;
    const read = (path: string) => readFile(join(folder, path));
    this.place = elsewhere ?? { env: { CAMPAIGN_DATA: folder }, storage: folder, read };
    this.meeting = new Meeting(desks.length);
    this.taskQueue = `crash-${new URL(bolnaUrl).port}`;
  }

  /**
   * @param simulators one for each account; the first one's is the default account
   * @param place where the files are, if not in the workplace's own folder
   */
  static async open(server: DevServer, simulators: readonly Simulator[], place?: Place): Promise<Workplace> {
    const desks = simulators.map(deskOf);
    const ports = new Map(desks.map(({ key, simulator }) => [key, simulator.port]));
    const board = desks.length > 1 ? await Switchboard.open(ports) : undefined;
    return new Workplace(server, desks, board?.url ?? simulators[0]?.url ?? '', board, place);
  }

  /** Starts a worker process, and resolves once it works; there may be another one. */
  async startWorker({
    flags = [],
    build = prepared('TEST_BUILD'),
    env: more,
  }: WorkerChanges = {}): Promise<TestProcess> {
    const names = this.desks.flatMap(({ account }) => account ?? []);
    const env = {
      TEST_BUILD: build,
      CRASH_SPEED: String(SPEED),
      // Workers share nothing but what they are told to.
      HOME: join(this.folder, `home-${this.workers.length}`),
      TEMPORAL_ADDRESS: this.server.address,
      ...(names.length > 0 && { BOLNA_ACCOUNTS: names.join(',') }),
      ...Object.fromEntries(this.desks.map(({ variable, key }) => [variable, key])),
      // At this speed the usual margin of half a minute would be 50 ms, which a busy machine can take for anything.
      BOLNA_MIN_LEAD: '8m',
      BOLNA_BASE_URL: this.bolnaUrl,
      // Campaigns wait for each other with their requests open.
      ...(this.desks.length > 1 && { BOLNA_TIMEOUT: '2m' }),
      CAMPAIGN_TASK_QUEUE: this.taskQueue,
      ...this.place.env,
      CAMPAIGN_POLL_MIN: '200ms',
      CAMPAIGN_POLL_MAX: '500ms',
      ...more,
    };
    const worker = startNode([resolve('test/support/crash-worker.js'), ...flags], env);
    this.workers.push(worker);
    this.worker = worker;
    let ended = false;
    void worker.exited.then(() => {
      ended = true;
    });
    const works = () => ended || worker.stderr().includes('Worker on task queue');
    await until(() => `a worker that works\n${this.trace()}`, works);
    return worker;
  }

  /** Starts the first worker, whoever of the scenes asks for it. */
  async begin(): Promise<void> {
    this.first ??= this.startWorker();
    await this.first;
  }

  /** Kills a worker with SIGKILL and starts another one, which is not waited for. @param worker default: the one started last */
  async replaceWorker(worker = this.worker): Promise<void> {
    await worker?.end('SIGKILL');
    this.successor = this.startWorker();
    this.successor.catch(() => undefined);
  }

  /** @param identity of the worker, as Temporal knows it @throws Error where no worker of this workplace has it */
  workerWith(identity: string): TestProcess {
    const found = this.workers.find((worker) => identity.startsWith(`${worker.pid}@`));
    if (!found) throw new Error(`No worker is ${identity}.\n${this.trace()}`);
    return found;
  }

  /** What has happened here, for whoever has to find out why it should not have. */
  trace(): string {
    return [`Campaigns: ${this.meeting}.`, ...this.workers.map((worker) => worker.stderr().slice(-3_000))].join('\n');
  }

  /** Ends all that is here, whoever of the scenes is over first. */
  async close(): Promise<void> {
    this.closed ??= this.closeNow();
    await this.closed;
  }

  private async closeNow(): Promise<void> {
    await this.successor?.catch(() => undefined);
    await Promise.all(this.workers.map((worker) => worker.end('SIGKILL')));
    await this.board?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A Bolna account, and how the environment of a worker tells of it. */
interface Desk {
  /** Absent for the default one, which is all that versions of the product know that are older than accounts. */
  account: string | undefined;
  variable: string;
  key: string;
  simulator: Simulator;
}

function deskOf(simulator: Simulator, i: number): Desk {
  if (i === 0) return { account: undefined, variable: 'BOLNA_API_KEY', key: 'bn-test', simulator };
  return { account: `other-${i}`, variable: `BOLNA_API_KEY_OTHER_${i}`, key: `bn-other-${i}`, simulator };
}
