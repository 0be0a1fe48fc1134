import type { Readable } from 'node:stream';
import { BolnaError } from './errors';
import type { BolnaHttp, BolnaRequest } from './http';

/** Where a recording is: elsewhere behind a link that is asked without a key, or in Bolna's own answer. */
export type Recording = { link: string; audio?: undefined } | { audio: Readable; link?: undefined };

/** The host that `recording_url` names since June 2026 (changelog of 11 May 2026), whatever address the API is asked at. */
const BOLNA_ORIGIN = 'https://api.bolna.ai';
/** An answer that is a link, with room for a long signature. */
const MAX_LINK_BYTES = 64 * 1024;
const ACTION = 'give the recording';

/**
 * The path of a recording in Bolna's API, of an execution's `recording_url`; undefined for a link that leads anywhere else. Only such a
 * path is asked with the key, and only at the address of the API.
 */
export function recordingPath(address: string, baseUrl: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { origin, pathname, search } = new URL(address);
  const isBolna = origin === BOLNA_ORIGIN || origin === new URL(baseUrl).origin;
  return isBolna && pathname.startsWith('/recordings/') ? `${pathname}${search}` : undefined;
}

/**
 * Asks Bolna for a recording. It "resolves to a pre-signed link"; whether by a redirect or in its body is not documented, so that both are
 * taken, and audio as well. A redirect is not followed: it leads to a host that must not be given the key.
 * @throws BolnaError `not-found` where there is none
 */
export async function askForRecording(http: BolnaHttp, path: string, signal?: AbortSignal): Promise<Recording> {
  const ask: BolnaRequest = { endpoint: 'recording', action: ACTION, method: 'GET', path, accept: '*/*', signal };
  const { statusCode, headers, body } = await http.answer(ask);
  if (statusCode >= 300) {
    await body.dump({ limit: MAX_LINK_BYTES }).catch(() => undefined);
    return { link: linkIn(headers.location, http.urlOf(ask)) ?? noLink() };
  }
  const type = String(headers['content-type'] ?? '');
  if (!/^(application\/(.*\+)?json|text\/)/i.test(type)) return { audio: body };
  const text = await beginningOf(body);
  return { link: linkIn(parsed(text), http.urlOf(ask)) ?? noLink() };
}

function noLink(): never {
  throw new BolnaError('unavailable', { action: ACTION, detail: 'an answer without a link' });
}

/** The first web address in an answer, whatever its field is called. */
function linkIn(value: unknown, from: URL): string | undefined {
  if (typeof value === 'string') {
    // Of a redirect it may be a path.
    const isLink = /^(https?:\/\/|\/)\S+$/i.test(value.trim()) && URL.canParse(value.trim(), from.href);
    return isLink ? new URL(value.trim(), from).href : undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const inner of Object.values(value)) {
    const link = linkIn(inner, from);
    if (link !== undefined) return link;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function beginningOf(body: Readable): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_LINK_BYTES)
      throw new BolnaError('unavailable', { action: ACTION, detail: 'a text too long for a link' });
  }
  return Buffer.concat(pieces).toString();
}
