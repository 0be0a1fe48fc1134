import { randomInt } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { waitUntilReady } from '../../worker/embedded/ready';
import { type KeptProcess, type ServerExit, startKept } from '../../worker/embedded/server-process';
import { isPortClash } from '../../worker/embedded/start-failure';
import { prepared } from './env';
import { removeFolder, temporaryFolder } from './folders';
import { killedAtExit } from './kept-programs';
import { pool } from './processes';
import { replays } from './replays';

const HOST = '127.0.0.1';

/**
 * A real Temporal server on a database file, which can be killed and started again on the same file and port. It ends with
 * this process, however that ends.
 */
export class DevServer {
  private kept: KeptProcess | undefined;
  private connection: Connection | undefined;
  private readonly folder = temporaryFolder('temporal-');
  private readonly lock = openSync(join(this.folder, 'lock'), 'w');

  private constructor(
    private readonly port: number,
    private readonly settings: readonly string[],
  ) {}

  /**
   * @param settings of its dynamic configuration, each as `name=value`
   * @param port default: any free one
   */
  static async start(settings: readonly string[] = [], port?: number): Promise<DevServer> {
    const server = new DevServer(port ?? (await freePort()), settings);
    try {
      await server.launch();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get address(): string {
    return `${HOST}:${this.port}`;
  }

  /** A client of this server; it outlives the server's death. */
  async client(): Promise<Client> {
    this.connection ??= await Connection.connect({ address: this.address });
    return new Client({ connection: this.connection });
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const pid = await this.kept?.started;
    if (pid === undefined) throw new Error('There is no server to be killed.');
    process.kill(pid, 'SIGKILL');
    await this.kept?.exited;
  }

  /** Starts it, for the first time or again. */
  async launch(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const ended = await this.launchOnce();
      if (!ended) return;
      // It takes other ports beside its own, and somebody may have been quicker.
      if (!isPortClash(ended) || attempt === 3) throw new Error(`The Temporal server has ended: ${ended.output}`);
    }
  }

  private async launchOnce(): Promise<ServerExit | undefined> {
    const args = [
      ...['server', 'start-dev', '--headless', '--ip', HOST, '--port', String(this.port)],
      ...['--db-filename', join(this.folder, 'temporal.db'), '--log-level', 'error'],
      ...['frontend.enableServerVersionCheck=false', ...this.settings].flatMap((it) => ['--dynamic-config-value', it]),
    ];
    this.kept = startKept(prepared('TEST_CLI_PATH'), args, join(this.folder, 'temporal.log'), this.lock);
    killedAtExit(this.kept);
    const giveUp = new AbortController();
    const ready = waitUntilReady(this.address, 'default', 60_000, giveUp.signal).then(() => undefined);
    const ended = await Promise.race([ready, this.kept.exited]);
    giveUp.abort();
    return ended;
  }

  async stop(): Promise<void> {
    await this.connection?.close();
    await this.kept?.stop();
    closeSync(this.lock);
    removeFolder(this.folder);
  }
}

const oneAfterAnother = pool(1);

/** Replays every history a server has, all runs of all campaigns. @param codePath of the workflow bundle @returns how many */
export async function replayAll(client: Client, codePath = prepared('TEST_WORKFLOW_BUNDLE')): Promise<number> {
  const { replayed, failures } = await replay(client, undefined, codePath);
  for (const { workflowId, error } of failures) throw new Error(`${workflowId} does not replay`, { cause: error });
  return replayed;
}

export interface Replay {
  replayed: number;
  failures: { workflowId: string; error: Error }[];
}

/** Replays histories of a server. @param query which workflows, in the words of Temporal's lists; default: all */
export function replay(client: Client, query?: string, codePath = prepared('TEST_WORKFLOW_BUNDLE')): Promise<Replay> {
  // What the SDK logs is set up anew for each replay, which it only allows while no other is under way.
  return oneAfterAnother(() => replayNow(client, query, codePath));
}

async function replayNow({ workflow }: Client, query: string | undefined, codePath: string): Promise<Replay> {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
  const histories = workflow.list(query === undefined ? {} : { query }).intoHistories();
  const replay: Replay = { replayed: 0, failures: [] };
  for await (const { workflowId, error } of replays(histories, codePath)) {
    replay.replayed++;
    if (error) replay.failures.push({ workflowId, error });
  }
  return replay;
}

/**
 * A free port below those that systems give to outgoing connections: while the server is dead, one of those could take its
 * port, the worker's own attempt to connect to it not excepted.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 30_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
