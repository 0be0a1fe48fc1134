import { msToTs } from '@temporalio/common/lib/time';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import { type Config, ConfigError } from './config';
import { findTemporalCli } from './embedded/find-server';
import { type HomeLock, lockHome } from './embedded/home';
import { type EmbeddedServer, startEmbeddedServer } from './embedded/server';

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
  try {
    const connection = await NativeConnection.connect({ ...connectionOptions, address });
    await connection.workflowService.describeNamespace({ namespace });
    return {
      address,
      namespace,
      connection,
      uiUrl: undefined,
      lost: new Promise(() => {}),
      close: () => connection.close(),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ConfigError(
      `No Temporal server with namespace "${namespace}" answers at ${address} (${reason}). Start it, mend TEMPORAL_ADDRESS or TEMPORAL_NAMESPACE, or unset TEMPORAL_ADDRESS to use a server of our own.`,
    );
  }
}

async function startOwn(config: Config, onNote: (text: string) => void): Promise<Temporal> {
  const lock = await lockHome(config.home, { onNote });
  try {
    const cliPath = await findTemporalCli(process.env, { onNote });
    return await connectOwn(await startEmbeddedServer({ lock, cliPath, onNote }), lock);
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
    const lost = new Promise<Error>((resolve) => {
      void server.ended.then((reason) => reason && resolve(reason));
    });
    const close = async () => {
      await connection.close();
      await server.stop();
      lock.release();
    };
    return { address, namespace, connection, uiUrl, lost, close };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** What Temporal has forgotten could be started anew under its old ID; the development server's own default is a day. */
const RETENTION = msToTs('10 years');

async function keepCampaigns({ workflowService }: NativeConnection, namespace: string): Promise<void> {
  const { config } = await workflowService.describeNamespace({ namespace });
  if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= Number(RETENTION.seconds)) return;
  await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: RETENTION } });
}
