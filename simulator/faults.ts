import type { RecordedRequest } from './records';
import type { Endpoint } from './routes';

/** What goes wrong. `after` means the work was done all the same, and only the answer is lost or wrong. */
export type FaultAction =
  | { status: number; retryAfter?: number | string; body?: unknown; after?: boolean }
  /** Real milliseconds, whatever the clock: the client's time-out is real too. Before the work unless `after`. */
  | { delayMs: number; after?: boolean }
  /** Never answers, until the client leaves or the simulator closes. */
  | { hang: true | 'before' | 'after' }
  /** TCP reset. */
  | { reset: 'before' | 'after' }
  /** Promises the whole body, sends this many bytes of it, and cuts the connection. The work is done. */
  | { truncate: number }
  /** 200 with nothing in it. The work is done. */
  | { emptyBody: true }
  /** 200 with a web page. The work is done. */
  | { html: true };

/** All conditions given must hold. `nth`, `from` and `to` count, from 1, the requests that fit since the fault was given. */
export interface Fault {
  /** @default any */
  endpoint?: Endpoint | 'any';
  nth?: number;
  from?: number;
  to?: number;
  /** Further condition; only requests it holds for are counted. */
  when?: (request: RecordedRequest) => boolean;
  /** An outage by the simulator's clock, `[from, to)` in ms since the epoch; only requests within it are counted. */
  during?: [fromMs: number, toMs: number];
  action: FaultAction;
}

/** The faults in force. Of several that fit one request the one given first is applied; all of them count it. */
export class FaultBook {
  #faults: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#faults = [];
  }

  take(request: RecordedRequest): Fault | undefined {
    let taken: Fault | undefined;
    for (const entry of this.#faults) {
      if (!fits(entry.fault, request)) continue;
      entry.seen++;
      if (taken === undefined && isDue(entry.fault, entry.seen)) taken = entry.fault;
    }
    return taken;
  }
}

function fits(fault: Fault, request: RecordedRequest): boolean {
  const { endpoint = 'any', during, when } = fault;
  if (endpoint !== 'any' && endpoint !== request.endpoint) return false;
  if (during !== undefined && (request.at < during[0] || request.at >= during[1])) return false;
  return when?.(request) ?? true;
}

function isDue(fault: Fault, seen: number): boolean {
  if (fault.nth !== undefined && fault.nth !== seen) return false;
  return seen >= (fault.from ?? 1) && seen <= (fault.to ?? Number.POSITIVE_INFINITY);
}

/** The fault in a word or two, for records and log lines. */
export function faultName(action: FaultAction): string {
  if ('status' in action) return action.after ? `${action.status} after` : `${action.status}`;
  if ('delayMs' in action) return `delay ${action.delayMs}ms${action.after ? ' after' : ''}`;
  if ('hang' in action) return action.hang === 'after' ? 'hang after' : 'hang';
  if ('reset' in action) return `reset ${action.reset}`;
  if ('truncate' in action) return `truncate ${action.truncate}`;
  return 'emptyBody' in action ? 'empty' : 'html';
}
