import type { Endpoint } from '../simulator/routes';
import type { Random } from './random';

/** When something goes wrong. */
export type Moment =
  /** During the nth request to an endpoint: before Bolna has done anything, or when all is done and nothing answered. */
  | { on: 'request'; endpoint: Endpoint; nth: number; phase: 'before' | 'after' }
  /** Milliseconds after the campaign was begun. */
  | { on: 'time'; ms: number }
  /** When a file of the campaign is seen, also a draft of one. A regular expression for its name. */
  | { on: 'file'; name: string }
  /** When the history has so many events. */
  | { on: 'event'; id: number }
  /** When this share of the people was dialled. */
  | { on: 'dials'; share: number };

export function momentInWords(moment: Moment): string {
  switch (moment.on) {
    case 'request':
      return `${moment.phase} ${moment.endpoint} ${moment.nth}`;
    case 'time':
      return `after ${moment.ms / 1000} s`;
    case 'file':
      return `at file ${moment.name}`;
    case 'event':
      return `at event ${moment.id}`;
    case 'dials':
      return `at ${Math.round(moment.share * 100)}% of the calls`;
  }
}

/** Requests of every campaign, and how often each is made at least. Those after which people are called come up most. */
const REQUESTS: readonly [[Endpoint, number], ...[Endpoint, number][]] = [
  ['create', 1],
  ['create', 1],
  ['schedule', 1],
  ['schedule', 1],
  ['list', 3],
  ['get', 3],
  ['get', 12],
  ['executions', 5],
];
/** What an operator asks of a campaign, and what that has it request besides. */
export type Wish = 'halt' | 'move';
const MORE: Record<Wish, readonly [Endpoint, number][]> = {
  halt: [
    ['stop', 1],
    ['delete', 1],
  ],
  move: [
    ['delete', 1],
    ['delete', 1],
    ['create', 2],
    ['schedule', 2],
  ],
};

/** A moment during a request. @param wishes what will be asked of the campaign, which adds requests */
export function drawRequest(random: Random, wishes: readonly Wish[]): Extract<Moment, { on: 'request' }> {
  const [more, ...others] = wishes.flatMap((wish) => MORE[wish]);
  const [endpoint, most] = more && random.chance(0.4) ? random.pick([more, ...others]) : random.pick(REQUESTS);
  return { on: 'request', endpoint, nth: random.int(1, most), phase: random.pick(['before', 'after']) };
}

const FILES = [
  'contacts[^/]*\\.csv',
  'schedule',
  'executions.*part',
  'executions.*jsonl$',
  'results\\.csv',
  '\\.part$',
] as const;

/** Any moment. @param wishes what will be asked of the campaign, which adds requests */
export function drawMoment(random: Random, wishes: readonly Wish[]): Moment {
  switch (random.pick(['request', 'request', 'time', 'file', 'event', 'dials'])) {
    case 'request':
      return drawRequest(random, wishes);
    case 'time':
      return { on: 'time', ms: random.int(0, 9_000) };
    case 'file':
      return { on: 'file', name: random.pick(FILES) };
    case 'event':
      return { on: 'event', id: random.int(2, 45) };
    case 'dials':
      return { on: 'dials', share: random.next() };
  }
}

/** A moment at which a campaign can still be before its start. */
export function drawEarlyMoment(random: Random): Moment {
  switch (random.pick(['request', 'request', 'time', 'event'])) {
    case 'request':
      return {
        on: 'request',
        endpoint: random.pick(['create', 'schedule', 'get']),
        nth: 1,
        phase: random.pick(['before', 'after']),
      };
    case 'time':
      return { on: 'time', ms: random.int(0, 4_000) };
    case 'event':
      return { on: 'event', id: random.int(2, 16) };
  }
}
