import { Client } from '@temporalio/client';
import { openStorage } from '../../storage/open-storage';
import { type Config, requireAccounts } from '../../worker/config';
import { openTemporal } from '../../worker/temporal';
import { createWorker } from '../../worker/worker';
import { say } from '../run/print';
import { inUse, isServerOf, type ServerInUse } from './in-use';

/** A server that is up only for this command, with a worker beside it. */
export interface WokenServer extends ServerInUse {
  woken: true;
}

/**
 * Brings up the server of this machine's campaign home, and a worker, for a command that must reach Bolna: after Ctrl-C in `run`
 * neither is there, and Bolna calls everyone it was given. `close` ends both.
 * @throws ConfigError without an API key; EmbeddedServerError when the server cannot be started
 */
export async function wakeServer(config: Config): Promise<WokenServer> {
  requireAccounts(config);
  const storage = await openStorage(config.data);
  const temporal = await openTemporal(config, say);
  try {
    const { address, namespace, connection, uiUrl } = temporal;
    const worker = await createWorker(config, storage, connection, namespace);
    let end = () => {};
    const ending = new Promise<void>((resolve) => {
      end = resolve;
    });
    const working = worker.runUntil(Promise.race([ending, temporal.lost]));
    // What it ends with is told by `close`.
    working.catch(() => undefined);
    const server = inUse(config, { address, namespace, uiUrl }, new Client({ connection, namespace }), {
      simulated: false,
      isStillThere: () => isServerOf(config.home, connection),
      async close() {
        end();
        await working.finally(() => temporal.close());
      },
    });
    return Object.assign(server, { woken: true as const });
  } catch (error) {
    await temporal.close();
    throw error;
  }
}
