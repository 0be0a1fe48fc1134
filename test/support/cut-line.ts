import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * What becomes of a request, in whose middle something may be done: it is `cut` before the server has seen it, its answer is
 * `lost` after the server has acted, or this is `said` in the server's place.
 */
export type Fate = { cut: () => unknown } | { lost: () => unknown } | { said: string };

/**
 * A line to a server that goes wrong on order. It passes bytes on as they are, so that signatures hold, and tells requests
 * apart only by their first line.
 */
export class CutLine {
  private readonly orders: { request: RegExp; fates: Fate[] }[] = [];
  private readonly sockets = new Set<Socket>();
  /** First lines of the requests that came. */
  readonly requests: string[] = [];

  private constructor(
    private readonly server: Server,
    private readonly port: number,
  ) {}

  static async to(url: string): Promise<CutLine> {
    const { hostname, port } = new URL(url);
    const server = createServer((socket) => line.join(socket, hostname, Number(port)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const line = new CutLine(server, typeof address === 'object' && address ? address.port : 0);
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Connections that stand. */
  get open(): number {
    return this.sockets.size;
  }

  /** Orders what becomes of the next requests whose first line is like this; those after them go through. */
  order(request: RegExp, ...fates: Fate[]): void {
    this.orders.push({ request, fates });
  }

  private join(socket: Socket, host: string, port: number): void {
    const upstream = connect(port, host);
    for (const each of [socket, upstream]) {
      this.sockets.add(each);
      each.on('error', () => each.destroy()).on('close', () => this.sockets.delete(each));
    }
    socket.on('close', () => upstream.destroy());
    upstream.on('close', () => socket.destroy());

    let fate: Fate | undefined;
    socket.on('data', (bytes) => {
      const [first = ''] = bytes.toString('latin1').split('\r\n', 1);
      if (/ HTTP\/1\.1$/.test(first)) {
        this.requests.push(first);
        fate = this.orders.find((order) => order.fates.length > 0 && order.request.test(first))?.fates.shift();
        if (fate && 'said' in fate) socket.end(fate.said);
        if (fate && 'cut' in fate) void actAndCut(fate.cut);
      }
      if (!fate || 'lost' in fate) upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (!fate) socket.write(bytes);
      else if ('lost' in fate) void actAndCut(fate.lost);
    });
    const actAndCut = async (act: () => unknown) => {
      // Once is enough, also where the answer comes in pieces.
      fate = { said: '' };
      await act();
      socket.destroy();
    };
  }

  /** Breaks every connection; new ones are taken. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** An answer as S3 words its errors. */
export function s3Error(status: number, code: string): Fate {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}.</Message></Error>`;
  const head = `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: ${body.length}`;
  return { said: `${head}\r\n\r\n${body}` };
}

export const LOST: Fate = { lost: () => undefined };
