import { connect, type Socket } from 'node:net';

/** Milliseconds that a keeper of this machine has to answer. */
const PATIENCE_MS = 3_000;

/** A share in a server that another command has brought up: it stays until this is released, or this process ends. */
export interface Hold {
  release(): void;
}

/**
 * Keeps a shared server up.
 * @param port the `holdPort` of its record
 * @returns undefined where it is going down, or gone
 */
export async function holdServer(port: number): Promise<Hold | undefined> {
  const socket = connect({ port, host: '127.0.0.1' });
  const isHeld = await answered(socket);
  if (!isHeld) socket.destroy();
  else socket.on('error', () => undefined).unref();
  return isHeld ? { release: () => socket.destroy() } : undefined;
}

/** Whether the keeper has taken the connection: until it says so, it may be on its way out. */
function answered(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    socket.setTimeout(PATIENCE_MS, () => resolve(false));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => {
      socket.setTimeout(0);
      resolve(true);
    });
  });
}
