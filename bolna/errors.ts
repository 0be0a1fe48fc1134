/**
 * What a failed request means for whoever sent it. This file is the one place that decides:
 *
 * - `unauthorized` (401, 403): the key is wrong or lacks the right. Final for a new campaign; a campaign whose batch
 *   exists waits for the key to be mended.
 * - `not-found` (404): Bolna knows no such thing.
 * - `refused` (other 4xx, lasting redirects): the same request will be refused again.
 * - `rate-limited` (429): nothing was done; try again after `retryAfterMs`.
 * - `unavailable` (408, 5xx, a passing redirect, lost connection, time-out, an answer that cannot be read): nobody can say from here whether
 *   the request took effect. Look before sending it again.
 */
export type BolnaErrorKind = 'unauthorized' | 'not-found' | 'refused' | 'rate-limited' | 'unavailable';

export interface BolnaErrorData {
  /** What was asked, in a person's words: "create the batch". */
  action: string;
  status?: number;
  /** What Bolna said, if anything. */
  detail?: string;
  /** Milliseconds to wait, where Bolna said so. */
  retryAfterMs?: number;
  /** Setting that names the key. Default: BOLNA_API_KEY. */
  keyName?: string;
}

/** Thrown when a request to Bolna did not do what was asked; `kind` says what can be done about it. */
export class BolnaError extends Error {
  override readonly name = 'BolnaError';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly kind: BolnaErrorKind,
    data: BolnaErrorData,
    options?: { cause?: unknown },
  ) {
    super(sentence(kind, data), options);
    this.status = data.status;
    this.retryAfterMs = data.retryAfterMs;
  }
}

export function isBolnaError(error: unknown, kind?: BolnaErrorKind): error is BolnaError {
  return error instanceof BolnaError && (kind === undefined || error.kind === kind);
}

/**
 * The error for an answer that is not a success.
 * @param now milliseconds since the epoch, for a Retry-After date
 * @param key the setting that names the key, and the key itself, which must not be repeated should the answer quote it
 */
export function errorFromAnswer(
  action: string,
  status: number,
  headers: Record<string, string | string[] | undefined>,
  body: string,
  now: number,
  key: { name?: string | undefined; secret?: string } = {},
): BolnaError {
  const detail = usefulText(body, key.secret ?? '');
  const data: BolnaErrorData = {
    action,
    status,
    ...(detail !== undefined && { detail }),
    ...(key.name && { keyName: key.name }),
  };
  const kind = kindOf(status);
  if (kind !== 'rate-limited' && kind !== 'unavailable') return new BolnaError(kind, data);
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  return new BolnaError(kind, { ...data, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

/** The error for a request that got no readable answer at all. @param secret what must not be repeated */
export function errorFromFailure(action: string, cause: unknown, secret = ''): BolnaError {
  return new BolnaError('unavailable', { action, detail: reasonOf(cause, secret) }, { cause });
}

/**
 * Retry-After as seconds or as an HTTP date, in milliseconds from `now`; undefined when absent or unreadable.
 * @param atMost milliseconds: a wild value must not put a campaign to sleep. Default: an hour
 */
export function parseRetryAfter(
  header: string | string[] | undefined,
  now: number,
  atMost = 3_600_000,
): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  // An HTTP date names its month in letters; Date.parse would also find a long past date in "-5", which is "at once".
  const at = /[a-z]{3}/i.test(value) ? Date.parse(value) : Number.NaN;
  const wait = /^\d+(\.\d+)?$/.test(value) ? Number(value) * 1000 : at - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), atMost) : undefined;
}

function kindOf(status: number): BolnaErrorKind {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not-found';
  if (status === 429) return 'rate-limited';
  // A passing redirect leads to a maintenance or sign-in page; a lasting one says that BOLNA_BASE_URL is wrong.
  if (status === 408 || status >= 500 || [302, 303, 307].includes(status)) return 'unavailable';
  return 'refused';
}

function sentence(kind: BolnaErrorKind, { action, status, detail, keyName = 'BOLNA_API_KEY' }: BolnaErrorData): string {
  const said = detail ? `: ${detail.replace(/[.?!\s]+$/, '')}` : '';
  const code = status === undefined ? '' : ` (${status})`;
  switch (kind) {
    case 'unauthorized':
      return `Bolna refused the API key${code}${said}. Check ${keyName} and its rights (to ${action}).`;
    case 'not-found':
      return `Bolna does not know what was asked for${code} (to ${action})${said}.`;
    case 'rate-limited':
      return `Bolna asks for fewer requests${code} (to ${action})${said}.`;
    case 'unavailable':
      return `Bolna could not be reached or gave no usable answer${code} (to ${action})${said}.`;
    case 'refused':
      return `Bolna refused to ${action}${code}${said}.`;
  }
}

/** Bodies are not uniform: the most useful of `message`, `detail`, `error`, else the text itself, cut to a sentence's length. */
function usefulText(body: string, secret: string): string | undefined {
  const text = body.trim();
  if (text === '') return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) {
      const fields = parsed as Record<string, unknown>;
      for (const name of ['message', 'detail', 'error']) {
        const value = fields[name];
        if (typeof value === 'string' && value.trim() !== '') return told(value.trim(), secret);
        if (typeof value === 'object' && value !== null) return told(JSON.stringify(value), secret);
      }
    }
  } catch {
    if (text.startsWith('<')) return 'a web page instead of JSON';
  }
  return told(text, secret);
}

/** What others say, as a sentence of ours can hold it: one line, not long, without the key, a phone number or the way into an address. */
function told(text: string, secret: string): string {
  // Cut before as well: no need to go through megabytes.
  const shorter = text.slice(0, 10_000).replace(ADDRESS, '$1…');
  const safe = maskNumbers(secret === '' ? shorter : shorter.replaceAll(secret, '[key]'));
  const line = safe.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 300).replace(/[\ud800-\udbff]$/, '')}…` : line;
}

/** Of a web address, what comes behind its host can be a secret: that of a webhook, or of a recording. */
const ADDRESS = /(https?:\/\/[^\s/"'\\]+\/)[^\s"'\\]+/gi;

/** A date by itself, or a run of digits: a number that stands beside a date is no part of it. */
const DATE_OR_DIGITS = /(?<!\d)((?:19|20)\d\d-(?:0\d|1[0-2])-[0-3]\d(?!\d))|\+?\d[\d\s().-]{7,}\d/g;

/** What Bolna says may quote a phone number, and this text ends up in histories and logs. */
function maskNumbers(text: string): string {
  return text.replace(DATE_OR_DIGITS, (found, date?: string) =>
    date === undefined && found.replace(/\D/g, '').length >= 9 ? '[number]' : found,
  );
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was lost',
  EPIPE: 'the connection was lost',
  UND_ERR_SOCKET: 'the connection was lost',
  ENOTFOUND: 'the host name is not known; is there a network, and is BOLNA_BASE_URL right?',
  EAI_AGAIN: 'the host name could not be looked up; is there a network?',
  ENETUNREACH: 'there is no network',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped halfway',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

/** By shape and not by class: errors of Node's own modules can come from another realm. */
function reasonOf(cause: unknown, secret: string): string {
  const { code, name, message } = (typeof cause === 'object' && cause !== null ? cause : {}) as Record<string, unknown>;
  if (name === 'TimeoutError') return 'no answer in time';
  return REASONS[String(code)] ?? told(String(message ?? cause), secret);
}
