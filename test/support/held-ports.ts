import { createServer } from 'node:net';

/**
 * Takes the ports that embedded servers prefer, for as long as this process runs: with the first of two servers killed, the
 * second would otherwise come up at its address.
 */
export async function holdUsualPorts(): Promise<void> {
  for (const port of [7233, 8233]) {
    const server = createServer().unref();
    // Taken by somebody else is as good.
    await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve));
  }
}
