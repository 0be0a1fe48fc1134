import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

type Item = Record<string, unknown>;
/** An answer's JSON: a list of items, or an object, whose `data` are the items of a page. Which of them, a test knows. */
type Body = Item & { data: Item[] } & Pick<Item[], 'map'>;

/** A request as it came, and the answer that it would get. */
export interface Passing {
  method: string;
  /** Without the query. */
  path: string;
  /** What the request's body holds, as text. */
  sent: string;
  status: number;
  body: Body;
}

/** What is answered instead; undefined leaves the answer as it is. */
export type Tamper = (passing: Passing) => { status?: number; body?: unknown } | undefined;

/** A door in front of the simulator, which changes what it answers: a Bolna that does otherwise than its stand-in can. */
export class TamperingDoor {
  private constructor(
    readonly url: string,
    private readonly stop: () => Promise<void>,
  ) {}

  static async before(target: string, tamper: Tamper): Promise<TamperingDoor> {
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const sent = Buffer.concat(chunks);
      const { method = 'GET', url = '/' } = request;
      const answer = await fetch(target + url, {
        method,
        headers: forwarded(request.headers),
        ...(sent.length > 0 && { body: sent }),
      }).catch(() => undefined);
      if (!answer) {
        request.socket.resetAndDestroy();
        return;
      }
      const text = await answer.text();
      const path = url.split('?')[0] ?? '';
      const passing = { method, path, sent: sent.toString(), status: answer.status, body: parsed(text) };
      const changed = tamper(passing);
      const date = answer.headers.get('date');
      response.writeHead(changed?.status ?? answer.status, date ? { date } : {});
      response.end(changed?.body === undefined ? text : JSON.stringify(changed.body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new TamperingDoor(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
  }

  close(): Promise<void> {
    return this.stop();
  }
}

function forwarded({ authorization, 'content-type': type }: IncomingHttpHeaders): Record<string, string> {
  return { ...(authorization && { authorization }), ...(type && { 'content-type': type }) };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text);
  } catch {
    return text as unknown as Body;
  }
}
