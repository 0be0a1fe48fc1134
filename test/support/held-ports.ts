import { createServer, type Server } from 'node:net';

/**
 * Holds Temporal's usual ports. Servers that start at the same moment on one machine all choose them, and one that loses the race can be
 * taken for the winner. That is for the tests of the embedded server; elsewhere the ports are taken, so that each looks for its own.
 * @returns what lets them go
 */
export async function holdPorts(): Promise<() => void> {
  const held: Server[] = [];
  for (const port of [7233, 8233]) {
    const server = createServer();
    held.push(server);
    // Taken by somebody else is as good.
    await new Promise<void>((resolve) => server.once('error', () => resolve()).listen(port, '127.0.0.1', resolve));
  }
  return () => {
    for (const server of held) server.close();
  };
}
