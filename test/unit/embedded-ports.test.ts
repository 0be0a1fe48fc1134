import { createServer, type Server } from 'node:net';
import { PortInUseError } from '../../worker/embedded/errors';
import { choosePorts } from '../../worker/embedded/ports';

const HOST = '127.0.0.1';
const servers: Server[] = [];
afterEach(() => Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done)))));

/** Listens, or finds that somebody else does: the port is taken either way. */
function occupy(port: number): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(port));
    server.listen(port, HOST, () => {
      servers.push(server);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

test.each(['port', 'uiPort'] as const)(
  'a %s given by number that is taken is refused by its number',
  async (option) => {
    const taken = await occupy(0);
    const choice = choosePorts(HOST, { [option]: taken });
    await expect(choice).rejects.toBeInstanceOf(PortInUseError);
    await expect(choice).rejects.toThrow(`Port ${taken} is in use by another program`);
  },
);

test('where the usual ports are taken, free ones are chosen instead', async () => {
  await occupy(7233);
  await occupy(8233);
  const ports = await choosePorts(HOST, {});
  expect(ports.grpc).not.toBe(7233);
  expect(ports.ui).not.toBe(8233);
  expect(ports.ui).not.toBe(ports.grpc);
});

test('one number for both ports is refused rather than tried', async () => {
  const free = (await choosePorts(HOST, {})).grpc;
  await expect(choosePorts(HOST, { port: free, uiPort: free })).rejects.toBeInstanceOf(PortInUseError);
});
