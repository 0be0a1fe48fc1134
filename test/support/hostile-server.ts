import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';

/** What is sent back, byte for byte, and what then becomes of the connection. */
export interface RawAnswer {
  bytes: Buffer;
  /** `early` answers before the request has been read to its end. */
  when: 'early' | 'late';
  ending: 'end' | 'reset' | 'stall';
}

export interface HostileServer {
  url: string;
  /** Connections that are open. */
  open: ReadonlySet<Socket>;
  /** How every request is answered from now on, told its line and headers. */
  answer: (head: string) => RawAnswer;
  close(): Promise<void>;
}

/** A server that speaks HTTP as badly as it is told to. One connection takes one request. */
export async function hostileServer(): Promise<HostileServer> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    // A client that goes away in the middle is what is tested.
    socket.on('error', () => undefined);
    let request = '';
    let answered = false;
    socket.on('data', (chunk) => {
      request += chunk.toString('latin1');
      if (answered || !request.includes('\r\n\r\n')) return;
      const answer = hostile.answer(request.slice(0, request.indexOf('\r\n\r\n')));
      if (answer.when === 'late' && !isWhole(request)) return;
      answered = true;
      socket.write(answer.bytes, () => {
        if (answer.ending === 'end') socket.end();
        if (answer.ending === 'reset') socket.resetAndDestroy();
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hostile: HostileServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open,
    answer: () => ({ bytes: Buffer.alloc(0), when: 'late', ending: 'end' }),
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return hostile;
}

function isWhole(request: string): boolean {
  const at = request.indexOf('\r\n\r\n');
  const length = /\r\ncontent-length: *(\d+)/i.exec(request.slice(0, at))?.[1] ?? '0';
  return request.length - at - 4 >= Number(length);
}
