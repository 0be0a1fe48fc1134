import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * One address for several simulators, as Bolna has one for all accounts: a connection goes to the simulator of the key that its first
 * request brings. A worker keeps the connections of two accounts apart. When one side of a connection goes, so does the other.
 */
export class Switchboard {
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** @param ports of the simulators, by key */
  static async open(ports: ReadonlyMap<string, number>): Promise<Switchboard> {
    const server = createServer();
    const board = new Switchboard(server);
    server.on('connection', (caller) => board.answer(caller, ports));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return board;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private answer(caller: Socket, ports: ReadonlyMap<string, number>): void {
    this.keep(caller);
    caller.once('data', (head) => {
      const key = /^authorization: Bearer (\S+)/im.exec(head.toString('latin1'))?.[1] ?? '';
      const port = ports.get(key);
      if (port === undefined) return void caller.destroy();
      const simulator = connect(port, '127.0.0.1');
      this.keep(simulator);
      simulator.write(head);
      caller.pipe(simulator).pipe(caller);
      caller.once('close', () => simulator.destroy());
      simulator.once('close', () => caller.destroy());
    });
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => this.sockets.delete(socket));
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
