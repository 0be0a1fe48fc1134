import ms from 'ms';
import type { Fault, FaultAction } from './faults';
import { ENDPOINTS } from './routes';

/** Thrown when a `--fault` cannot be read; the message says what would be. */
export class FaultSpecError extends Error {}

export const FAULT_SYNTAX = `Faults: <endpoint>:<which>:<action>
  endpoint   ${ENDPOINTS.filter((name) => name !== 'unknown').join(', ')}, any
  which      3 (the third request), 3-5, 3- (from the third on), * (all)
  action     503 or 429:30      that status, with Retry-After in seconds; nothing is done
             503-after          that status, though the work was done
             reset-before       the connection is reset, nothing is done
             reset-after        the work is done, then the connection is reset
             hang, hang-after   no answer ever, without or with the work done
             delay:2s           the work and the answer come late
             delay-after:2s     the work is done at once, the answer comes late
             truncate:100       only so many bytes of the answer's body
             empty, html        200 with nothing in it, or with a web page`;

const SIMPLE: Record<string, FaultAction> = {
  'reset-before': { reset: 'before' },
  'reset-after': { reset: 'after' },
  hang: { hang: 'before' },
  'hang-after': { hang: 'after' },
  empty: { emptyBody: true },
  html: { html: true },
};

/** Reads one fault as the command line writes it, such as `create:1:reset-after`. */
export function parseFault(spec: string): Fault {
  const [name, which, word, argument, ...more] = spec.split(':');
  if (name === undefined || which === undefined || word === undefined || more.length > 0) {
    throw new FaultSpecError(`a fault is <endpoint>:<which>:<action>, such as create:1:reset-after, not "${spec}"`);
  }
  const endpoint = ([...ENDPOINTS, 'any'] as const).find((each) => each === name);
  if (endpoint === undefined) {
    throw new FaultSpecError(`"${name}" in "${spec}" is no endpoint; use one of ${ENDPOINTS.join(', ')}, any`);
  }
  return { endpoint, ...parseWhich(which, spec), action: parseAction(word, argument, spec) };
}

function parseWhich(which: string, spec: string): Pick<Fault, 'nth' | 'from' | 'to'> {
  if (which === '*') return {};
  const match = /^([1-9]\d*)(-([1-9]\d*)?)?$/.exec(which);
  if (match === null) throw new FaultSpecError(`"${which}" in "${spec}" should be 3, 3-5, 3- or *`);
  const from = Number(match[1]);
  if (match[2] === undefined) return { nth: from };
  if (match[3] === undefined) return { from };
  if (Number(match[3]) < from) throw new FaultSpecError(`"${which}" in "${spec}" ends before it begins`);
  return { from, to: Number(match[3]) };
}

function parseAction(word: string, argument: string | undefined, spec: string): FaultAction {
  const simple = SIMPLE[word];
  if (simple !== undefined && argument === undefined) return simple;
  const status = /^([45]\d\d)(-after)?$/.exec(word);
  if (status !== null && (argument === undefined || /^\d+$/.test(argument))) {
    return {
      status: Number(status[1]),
      ...(status[2] === undefined ? {} : { after: true }),
      ...(argument === undefined ? {} : { retryAfter: Number(argument) }),
    };
  }
  if (word === 'truncate' && /^\d+$/.test(argument ?? '')) return { truncate: Number(argument) };
  if (word === 'delay' || word === 'delay-after') {
    const delayMs = parseDuration(argument ?? '');
    if (delayMs !== null) return { delayMs, ...(word === 'delay' ? {} : { after: true }) };
  }
  throw new FaultSpecError(`the action "${spec.split(':').slice(2).join(':')}" in "${spec}" is none that is known`);
}

/** Milliseconds of a duration such as "90s" or "10m"; null for anything else, negative ones included. */
export function parseDuration(text: string): number | null {
  if (!/^[\d.]+\s*[a-z]*$/i.test(text.trim())) return null;
  const value: unknown = ms(text.trim() as ms.StringValue);
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
