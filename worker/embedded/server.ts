import { join } from 'node:path';
import { ServerDatabase } from './database';
import type { HomeLock } from './home';
import { choosePorts, type Ports } from './ports';
import { waitUntilReady } from './ready';
import { homeNamespace, removeServerRecord, writeServerRecord } from './record';
import { type KeptProcess, startKept } from './server-process';
import { explainServerEnd, isPortClash, type ServerEnd } from './start-failure';

/** Never another address: the development server has no authentication. */
const HOST = '127.0.0.1';
/** A start takes a second; a slow disk, or the recovery of a large database, may take many. */
const DEFAULT_START_TIMEOUT_MS = 60_000;
/** A port seen free can be gone a moment later. */
const PORT_ATTEMPTS = 3;

export interface EmbeddedServerOptions {
  /** The campaign home, held by this process. The server's database and log go there. */
  lock: HomeLock;
  /** The `temporal` program, as found by `findTemporalCli`. */
  cliPath: string;
  /** Taken or refused. Default: 7233, or any free one. */
  port?: number;
  /** Taken or refused. Default: 8233, or any free one. */
  uiPort?: number;
  /** Created if it is not there. Default `default`. */
  namespace?: string;
  /** Milliseconds until a server that does not answer is given up. Default 60,000. */
  startTimeoutMs?: number;
  /** Bytes that must be free on the home's disk. Default 32 MiB. */
  minFreeBytes?: number;
  onNote?: (text: string) => void;
  /** Whether other processes may hold it up, each for as long as it uses it. Default: no. */
  shared?: boolean;
}

export interface EmbeddedServer {
  /** `host:port` of the gRPC service. */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string;
  /** The server's process, not the keeper's. */
  readonly pid: number;
  /** Resolves to undefined after `stop`, and to the reason when the server ended by itself. Never rejects. */
  readonly ended: Promise<Error | undefined>;
  /** Resolves when the server is gone. May be called twice. The home stays locked until the lock is released too. */
  stop(): Promise<void>;
  /** The same, of a shared server that others still use: it stays for them, and ends with the last. */
  leave(): Promise<void>;
}

/**
 * Starts a Temporal server with its UI on a database file in the campaign home, and waits until it answers. It ends with
 * this process, however that ends.
 *
 * @throws EmbeddedServerError (one of its kinds) with a sentence for a person; nothing is left running then
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const database = new ServerDatabase(options.lock.home);
  for (let attempt = 1; ; attempt++) {
    await database.prepare(options.minFreeBytes);
    const ports = await choosePorts(HOST, options);
    const outcome = await startOnce(options, database, ports);
    if ('address' in outcome) return outcome;
    if (!isPortClash(outcome) || attempt === PORT_ATTEMPTS) throw explainServerEnd(options.lock.home, outcome);
    options.onNote?.('A port was taken just now; starting the Temporal server on another…');
  }
}

async function startOnce(
  options: EmbeddedServerOptions,
  database: ServerDatabase,
  ports: Ports,
): Promise<EmbeddedServer | ServerEnd> {
  const namespace = options.namespace ?? 'default';
  const address = `${HOST}:${ports.grpc}`;
  const logPath = join(database.home, 'temporal.log');
  const own = homeNamespace(database.home);
  const args = serverArguments(database.path, [namespace, own], ports);
  const kept = startKept(options.cliPath, args, logPath, options.lock.fd, options.shared);

  const giveUp = new AbortController();
  const readiness = waitUntilReady(
    address,
    own,
    options.startTimeoutMs ?? DEFAULT_START_TIMEOUT_MS,
    giveUp.signal,
  ).then(
    () => 'ready' as const,
    () => 'silent' as const,
  );
  const first = await Promise.race([readiness, kept.exited]);
  giveUp.abort();
  if (typeof first === 'object') return { ...first, silent: false };

  const pid = await kept.started;
  const uiUrl = `http://${HOST}:${ports.ui}`;
  try {
    if (first === 'silent' || pid === undefined) {
      await kept.stop();
      return { ...(await kept.exited), silent: true };
    }
    // One that is shared ends by itself, and is nobody's to kill.
    if (!options.shared) options.lock.noteServer(pid);
    database.ready();
    const holdPort = kept.holdPort();
    writeServerRecord(database.home, { address, namespace, uiUrl, ...(holdPort !== undefined && { holdPort }) });
  } catch (error) {
    await kept.stop();
    throw error;
  }
  return runningServer(kept, { address, namespace, uiUrl, pid }, database.home);
}

function runningServer(
  kept: KeptProcess,
  facts: Pick<EmbeddedServer, 'address' | 'namespace' | 'uiUrl' | 'pid'>,
  home: string,
): EmbeddedServer {
  let wanted = false;
  return {
    ...facts,
    ended: kept.exited.then((exit) => (wanted ? undefined : explainServerEnd(home, { ...exit, silent: false }))),
    stop() {
      wanted = true;
      removeServerRecord(home);
      return kept.stop();
    },
    async leave() {
      wanted = true;
      // The home is still locked: the record is no other's yet. Of a server that stays, it stays true.
      if (!(await kept.leave())) removeServerRecord(home);
    },
  };
}

function serverArguments(databasePath: string, namespaces: string[], ports: Ports): string[] {
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(ports.grpc), '--ui-port', String(ports.ui)],
    ...['--db-filename', databasePath, ...namespaces.flatMap((namespace) => ['--namespace', namespace])],
    ...['--log-format', 'text', '--log-level', 'warn'],
    // No calls home to ask for newer versions: a run makes no requests but those it was started for.
    ...['--dynamic-config-value', 'frontend.enableServerVersionCheck=false'],
    ...FAIR_QUEUES,
  ];
}

/**
 * Has campaigns take turns on the task queue of their account. Turns are taken within a partition of the queue, so it has one,
 * which is plenty for a single server.
 */
export const FAIR_QUEUES = [
  'matching.enableFairness=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
].flatMap((setting) => ['--dynamic-config-value', setting]);
