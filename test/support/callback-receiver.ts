import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { CallbackEvent } from '../../workflows/callback-events';

export const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const secrets = async () => [Buffer.from(SECRET.slice('whsec_'.length), 'base64')];

/** One request, as it came in. */
export interface Received {
  id: string;
  /** Milliseconds since the epoch, on the test's clock. */
  at: number;
  /** What was answered. */
  status: number;
  event: CallbackEvent;
  body: string;
}

/** A status, or one with a header that says when to come again. */
export type Answer = number | { status: number; retryAfter: string };

/**
 * Whoever a campaign calls back: a real server that takes nothing whose signature is not right, by the word of the library that
 * Standard Webhooks offers for that.
 */
export class CallbackReceiver {
  readonly received: Received[] = [];
  private readonly server: Server;

  private constructor(
    now: () => Promise<number> | number,
    answer: (event: CallbackEvent, at: number) => Answer | Promise<Answer>,
    secret: string,
  ) {
    this.server = createServer(async (request, response) => {
      const body = await text(request);
      const at = await now();
      const event = verified(secret, body, request.headers as Record<string, string>, at);
      const answered = event ? await answer(event, at) : 401;
      const { status, retryAfter } =
        typeof answered === 'number' ? { status: answered, retryAfter: undefined } : answered;
      if (event) this.received.push({ id: String(request.headers['webhook-id']), at, status, event, body });
      response
        .writeHead(status, {
          ...(status === 302 && { location: '/' }),
          ...(retryAfter && { 'retry-after': retryAfter }),
        })
        .end();
    });
  }

  static async start(
    now: () => Promise<number> | number,
    answer: (event: CallbackEvent, at: number) => Answer | Promise<Answer> = () => 204,
    secret = SECRET,
  ): Promise<CallbackReceiver> {
    const receiver = new CallbackReceiver(now, answer, secret);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/bolna?key=hush`;
  }

  /** What it took, in order. */
  get taken(): CallbackEvent[] {
    return this.received.filter(({ status }) => status < 300).map(({ event }) => event);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The library takes no signature that is older than five minutes, by the clock of the machine. */
function verified(
  secret: string,
  body: string,
  headers: Record<string, string>,
  at: number,
): CallbackEvent | undefined {
  const clock = Date.now;
  Date.now = () => at;
  try {
    return new Webhook(secret).verify(body, headers) as CallbackEvent;
  } catch {
    return undefined;
  } finally {
    Date.now = clock;
  }
}
