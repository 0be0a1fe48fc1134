import { createServer } from 'node:net';
import { errorCode, PortInUseError } from './errors';

/** Where people look for Temporal first; taken when free, so that the addresses stay the same from run to run. */
const USUAL_GRPC_PORT = 7233;
const USUAL_UI_PORT = 8233;

export interface Ports {
  grpc: number;
  ui: number;
}

/**
 * Chooses free ports on the loopback address. A port given by number is taken or refused, never replaced.
 *
 * @throws PortInUseError when a given port is taken
 */
export async function choosePorts(host: string, wanted: { port?: number; uiPort?: number }): Promise<Ports> {
  const grpc = await choosePort(host, wanted.port, USUAL_GRPC_PORT);
  for (;;) {
    const ui = await choosePort(host, wanted.uiPort, USUAL_UI_PORT);
    if (ui !== grpc) return { grpc, ui };
    if (wanted.uiPort !== undefined) throw new PortInUseError(ui);
  }
}

async function choosePort(host: string, wanted: number | undefined, usual: number): Promise<number> {
  if (wanted !== undefined) {
    if ((await bindOnce(host, wanted)) === undefined) throw new PortInUseError(wanted);
    return wanted;
  }
  return (await bindOnce(host, usual)) ?? (await anyFreePort(host));
}

async function anyFreePort(host: string): Promise<number> {
  const port = await bindOnce(host, 0);
  if (port === undefined) throw new Error(`No free port on ${host}`);
  return port;
}

/** Binds and lets go at once. Resolves to the port, or to undefined where it is taken or not ours to take. */
function bindOnce(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error) => {
      const code = errorCode(error);
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(undefined);
      else reject(error);
    });
    probe.listen({ host, port, exclusive: true }, () => {
      const address = probe.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      probe.close(() => resolve(bound));
    });
  });
}
