import { setTimeout as delay } from 'node:timers/promises';
import { msToTs } from '@temporalio/common/lib/time';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import ms from 'ms';
import type { Config } from './config';
import { ConfigError } from './config-error';
import { findTemporalCli } from './embedded/find-server';
import { type HomeLock, lockHome } from './embedded/home';
import { type EmbeddedServer, startEmbeddedServer } from './embedded/server';
import { makeAttributes } from './search-attributes';

/** Milliseconds to wait for a server that is named. */
const CONNECT_TIMEOUT_MS = 10_000;

/** A Temporal server to work with: one that is there, or one of our own. */
export interface Temporal {
  address: string;
  namespace: string;
  connection: NativeConnection;
  /** The web UI, where its address is known: a server of our own has one. */
  uiUrl: string | undefined;
  /** Resolves when a server of our own ends by itself; never for another's. */
  lost: Promise<Error>;
  close(): Promise<void>;
}

/**
 * Connects to the server of TEMPORAL_ADDRESS (and the rest of Temporal's own environment configuration), or starts one that
 * keeps its database in the campaign home.
 * @throws ConfigError when no server answers; EmbeddedServerError when none can be started
 */
export async function openTemporal(config: Config, onNote: (text: string) => void): Promise<Temporal> {
  return config.temporalAddress === undefined ? startOwn(config, onNote) : connect(config.temporalAddress);
}

async function connect(address: string): Promise<Temporal> {
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  let connection: NativeConnection | undefined;
  try {
    const opened = await inTime(NativeConnection.connect({ ...connectionOptions, address }));
    connection = opened;
    await opened.withDeadline(Date.now() + CONNECT_TIMEOUT_MS, () =>
      opened.workflowService.describeNamespace({ namespace }),
    );
    return {
      address,
      namespace,
      connection: opened,
      uiUrl: undefined,
      lost: new Promise(() => {}),
      close: () => opened.close(),
    };
  } catch (error) {
    await connection?.close().catch(() => undefined);
    throw new ConfigError(
      `No Temporal server with namespace "${namespace}" answers at ${address} (${reasonOf(error)}). Start it, mend TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE, or unset TEMPORAL_ADDRESS to use a server of our own.`,
    );
  }
}

/** A connection that nobody answers is given up, not waited for as long as the system would. */
async function inTime<T>(connecting: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(CONNECT_TIMEOUT_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error('no answer in time');
  });
  try {
    return await Promise.race([connecting, late]);
  } finally {
    late.catch(() => undefined);
    timer.abort();
  }
}

/** What the transport says is nested in its own types; the last quoted text is the one for people. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const quoted = text.match(/(?:message|error): "([^"]+)"/)?.[1];
  return quoted ?? text.split('\n')[0]?.slice(0, 200) ?? '';
}

async function startOwn(config: Config, onNote: (text: string) => void): Promise<Temporal> {
  return startIn(await lockHome(config.home, { onNote }), { onNote });
}

/**
 * Starts the server of a campaign home that is locked. With it, the lock is released.
 * @param how.shared whether other processes may hold it up: `close` then leaves it to them. Default: no
 * @throws EmbeddedServerError when it cannot be started
 */
export async function startIn(
  lock: HomeLock,
  how: { onNote: (text: string) => void; shared?: boolean },
): Promise<Temporal> {
  try {
    const cliPath = await findTemporalCli(process.env, how);
    return await connectOwn(await startEmbeddedServer({ lock, cliPath, ...how }), lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function connectOwn(server: EmbeddedServer, lock: HomeLock): Promise<Temporal> {
  const { address, namespace, uiUrl } = server;
  try {
    const connection = await NativeConnection.connect({ address });
    await keepCampaigns(connection, namespace);
    await makeAttributes(connection, namespace);
    const lost = new Promise<Error>((resolve) => {
      void server.ended.then((reason) => reason && resolve(reason));
    });
    const close = async () => {
      await connection.close();
      await server.leave();
      lock.release();
    };
    return { address, namespace, connection, uiUrl, lost, close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** What Temporal has forgotten could be started anew under its old ID; the development server's own default is a day. */
export const RETENTION_MS = ms('10 years');

async function keepCampaigns({ workflowService }: NativeConnection, namespace: string): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) * 1000 >= RETENTION_MS) return;
  await workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(RETENTION_MS) },
  });
}
