import { isIP } from 'node:net';
import { pipeline, type Readable, Transform } from 'node:stream';
import { type Dispatcher, request } from 'undici';
import { AnswerError, ForbiddenAddressError, TooLargeError, UnusableAddressError } from './errors';
import { bare, type GuardOptions, guardedAgent } from './guarded-agent';
import { mayBeReached } from './public-address';

/** Of an answer to what is posted nothing is of interest but its status. */
const MAX_ANSWER_BYTES = 16 * 1024;
const POST_TIMEOUT_MS = 15_000;
const MAX_REDIRECTS = 5;
/** Between any two bytes of a download. */
const STILL_TIMEOUT_MS = 30_000;
/** Of a download in all, however it drips. */
const GET_TIMEOUT_MS = 3_600_000;

/** What a post was answered with, of interest to whoever may have to send it again. */
export interface Answer {
  status: number;
  /** As it stands in the header, if it does. */
  retryAfter: string | string[] | undefined;
}

export interface OutsideOptions extends GuardOptions {
  /** How long a post may take in all, in milliseconds. Default: 15 s. */
  postTimeoutMs?: number;
  /** How long a download may stand still, in milliseconds. Default: 30 s. */
  stillTimeoutMs?: number;
  /** How long a download may take in all, in milliseconds. Default: an hour. */
  getTimeoutMs?: number;
}

/**
 * Requests to addresses that callers give: to public hosts alone, or those that are allowed, and bounded in size and time. Errors
 * name the host, never the rest of the address, in which there may be a secret.
 */
export class Outside {
  readonly #agent: Dispatcher;

  constructor(private readonly options: OutsideOptions = {}) {
    this.#agent = guardedAgent(options);
  }

  /**
   * Refuses what can be told by the address alone: any other protocol, a host that is written as an address that is not public, and
   * a password, which would not be sent. What names lead to shows when they are asked.
   * @param from where a redirect to it was found
   * @throws ForbiddenAddressError, UnusableAddressError
   */
  check(address: string, from?: URL): URL {
    // Of Node's own error the address is a part, which a log would show.
    if (!URL.canParse(address, from?.href))
      throw new UnusableAddressError('An address cannot be read, or leads to one that cannot: mend it.');
    const url = new URL(address, from);
    const host = bare(url.hostname);
    if (!isWeb(url) || (isIP(host) && !mayBeReached(host, this.options.allowed))) throw new ForbiddenAddressError(host);
    if (url.username !== '' || url.password !== '')
      throw new UnusableAddressError(
        'An address has a user name or a password in it, or leads to one that has: they are not sent, take them out.',
      );
    return url;
  }

  /**
   * Posts JSON and follows no redirect.
   * @throws ForbiddenAddressError, UnusableAddressError, or what the network fails with
   */
  async post(address: string, body: string, headers: Record<string, string>, signal?: AbortSignal): Promise<Answer> {
    const { postTimeoutMs = POST_TIMEOUT_MS } = this.options;
    const late = AbortSignal.timeout(postTimeoutMs);
    const answer = await request(this.check(address), {
      method: 'POST',
      dispatcher: this.#agent,
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: signal ? AbortSignal.any([signal, late]) : late,
    });
    // Whoever answers has taken it, however the rest of the answer ends.
    await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal: late }).catch(() => undefined);
    return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
  }

  /**
   * Opens a file of the web, for an hour at most. Redirects are followed, each under the same rules. Only 200 gives a file: what is
   * still to be made (202), empty (204) or a part (206) must not be taken for the whole.
   * @param timeoutMs how long it may take in all, in milliseconds; default: the option `getTimeoutMs`
   * @param atMost bytes; longer ones fail with TooLargeError, in the middle where the length was not told
   * @throws ForbiddenAddressError, UnusableAddressError, AnswerError, TooLargeError, or what the network fails with
   */
  async get(
    address: string,
    atMost: number,
    signal?: AbortSignal,
    timeoutMs = this.options.getTimeoutMs ?? GET_TIMEOUT_MS,
  ): Promise<Readable> {
    const { stillTimeoutMs = STILL_TIMEOUT_MS } = this.options;
    const late = AbortSignal.timeout(timeoutMs);
    let url = this.check(address);
    for (let hops = 0; ; hops++) {
      const { statusCode, headers, body } = await request(url, {
        dispatcher: this.#agent,
        headersTimeout: stillTimeoutMs,
        bodyTimeout: stillTimeoutMs,
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      const { location } = headers;
      if (statusCode === 200 && !(Number(headers['content-length']) > atMost))
        return bounded(body, url.hostname, atMost, late);
      await body.dump({ limit: MAX_ANSWER_BYTES, signal: late }).catch(() => undefined);
      if (statusCode === 200) throw new TooLargeError(url.hostname, atMost);
      if (statusCode < 300 || statusCode >= 400 || typeof location !== 'string' || hops === MAX_REDIRECTS)
        throw new AnswerError(url.hostname, statusCode);
      url = this.check(location, url);
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}

/** A body that fails where it is longer than `atMost` bytes, or `late` says that it took too long. */
export function bounded(body: Readable, host: string, atMost: number, late: AbortSignal): Readable {
  let bytes = 0;
  const counted = new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length;
      // Held here as well: a signal that only another one was made of is collected, and never comes.
      if (late.aborted) done(late.reason);
      else if (bytes > atMost) done(new TooLargeError(host, atMost));
      else done(null, piece);
    },
  });
  // Whoever leaves it in the middle leaves the connection too. What it fails with is told by the stream itself.
  return pipeline(body, counted, () => undefined);
}
