import { ApplicationFailure } from '@temporalio/common';
import { furthestAlong } from '../../activities/campaign-batches';
import type { Batch } from '../../bolna/schemas';
import { judge } from '../../bolna/settling';
import { meaningOf, phaseOf } from '../../bolna/statuses';
import { LoneSteps } from '../support/lone-steps';
import { AGENT, csvOf, HOUR, MINUTE } from '../support/rig';

/**
 * Every decision about a batch, by all that Bolna can show of it: each row is a status, `archived` one that nobody has
 * documented and `-` none at all; each group of columns a start (absent, ahead, past), and in it the executions (none, all
 * prepared, some dialled). Each cell is what the step does. A small letter: it has polled for minutes first.
 */
const STATUSES = [
  'created',
  'processed',
  'scheduled',
  'queued',
  'running',
  'completed',
  'executed',
  'stopped',
  'canceled',
  'cancelled',
  'failed',
];
const ROWS = 4;
const STARTS = ['absent', 'ahead', 'past'] as const;
const EXECUTIONS = {
  none: {},
  prepared: { prepared: ROWS },
  dialled: { completed: 1, prepared: ROWS - 1 },
} as const;

interface Cell {
  status: string;
  start: (typeof STARTS)[number];
  executions: keyof typeof EXECUTIONS;
}

/** Reads a table; its rows may stand for several statuses. */
function cellsOf(table: string): [title: string, cell: Cell, expected: string][] {
  const lines = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/[\s|]+/));
  const cells = lines.flatMap(([names = '', ...letters]) =>
    names.split(',').flatMap((status) =>
      STARTS.flatMap((start, i) =>
        (Object.keys(EXECUTIONS) as Cell['executions'][]).map((executions, j): [string, Cell, string] => {
          const title = `${status}, start ${start}, executions ${executions}`;
          return [title, { status: status === '-' ? '' : status, start, executions }, letters[3 * i + j] ?? 'missing'];
        }),
      ),
    ),
  );
  expect(
    cells
      .map(([, { status }]) => status)
      .filter((_, at) => at % 9 === 0)
      .sort(),
  ).toEqual([...STATUSES, 'archived', ''].sort());
  return cells;
}

let steps: LoneSteps;

/** The batch as Bolna shows it from now on, whatever is true. */
function show({ status, start, executions }: Cell, batchId: string): void {
  const startsAt = { absent: null, ahead: steps.now + HOUR, past: steps.now - HOUR }[start];
  steps.simulator.override(batchId, {
    status: status === '' ? undefined : status,
    scheduled_at: startsAt === null ? null : new Date(startsAt).toISOString(),
    execution_status: EXECUTIONS[executions],
  });
}

const requestsTo = (endpoint: string) => steps.simulator.requests.filter((request) => request.endpoint === endpoint);

/** What a step does, in a letter; small where the step has polled before. */
async function letterOf(act: () => Promise<string>): Promise<string> {
  const before = steps.now;
  const letter = await act();
  const polled = steps.now - before;
  expect(polled).toBeLessThanOrEqual(6 * MINUTE);
  return polled >= 5 * MINUTE ? letter.toLowerCase() : letter;
}

async function made(csv = csvOf(ROWS)) {
  const contacts = await steps.validate(csv);
  const { batchId } = await steps.create(contacts);
  return { contacts, batchId };
}

describe('facts decide', () => {
  beforeEach(async () => {
    steps = await LoneSteps.start();
  });
  afterEach(() => steps.close());

  /** S: sends the start. K: keeps the batch as it is, for one that has a start. */
  describe('whether a batch is scheduled', () => {
    const table = `
      created,processed           S S k | K K k | K K k
      scheduled                   K K K | K K K | K K K
      queued,running              k k K | K K K | K K K
      completed,executed          k k K | K K K | K K K
      stopped,failed,canceled,cancelled              K K K | K K K | K K K
      archived,-                  s s K | K K K | K K K`;
    test.each(cellsOf(table))('%s', async (_, cell, expected) => {
      const { contacts, batchId } = await made();
      show(cell, batchId);
      const letter = await letterOf(async () => {
        const outcome = await steps.schedule(contacts, batchId);
        expect(outcome).toMatchObject({ outcome: 'scheduled' });
        const noted = 'note' in outcome && outcome.note?.includes('Bolna shows the batch');
        expect(noted ?? false).toBe(expected !== expected.toUpperCase());
        // A known word is believed without a start, which is then unknown.
        const isStartUnknown = cell.status === 'scheduled' && cell.start === 'absent' && cell.executions !== 'dialled';
        expect('note' in outcome && outcome.note?.includes('not for when')).toBe(isStartUnknown);
        return requestsTo('schedule').length > 0 ? 'S' : 'K';
      });
      expect(letter).toBe(expected);
    });
  });

  /** M: moved, so deleted. B: it has begun. R: left as it is. */
  describe('whether a scheduled batch makes way for another start', () => {
    const table = `
      created,processed           M M b | M M b | B B b
      scheduled                   M M B | M M B | B B B
      queued,running              b b B | B B B | B B B
      completed,executed          b b B | B B B | B B B
      stopped,failed,canceled,cancelled              B B B | B B B | B B B
      archived,-                  r r B | M M B | B B B`;
    test.each(cellsOf(table))('%s', async (_, cell, expected) => {
      const { contacts, batchId } = await made();
      await steps.schedule(contacts, batchId, undefined, steps.now + HOUR);
      show(cell, batchId);
      const letter = await letterOf(async () => {
        const { outcome } = await steps.persist('moveBatch', { campaignId: 'lone', agentId: AGENT, batchId });
        expect(steps.simulator.batch(batchId)?.deleted).toBe(outcome === 'moved');
        return outcome.charAt(0).toUpperCase();
      });
      expect(letter).toBe(expected);
    });
  });

  /** D: deleted. I: a stop is sent, and sent again, since Bolna does not show that it had an effect. E: it has ended. */
  describe('how a batch is halted that Bolna does not stop', () => {
    const table = `
      created,processed           D D I | D D I | I I I
      scheduled                   D D I | D D I | I I I
      queued,running              I I I | I I I | I I I
      completed,executed          E E E | E E E | E E E
      stopped,failed,canceled,cancelled              E E E | E E E | E E E
      archived,-                  d d I | D D I | I I I`;
    test.each(cellsOf(table))('%s', async (_, cell, expected) => {
      const { batchId } = await made();
      show(cell, batchId);
      const before = steps.now;
      const halting = steps.persist('haltBatches', { campaignId: 'lone', agentId: AGENT, batchId });
      const halted = await halting.catch((error: Error) => {
        expect(error.message).toContain('Bolna still shows batch');
        return undefined;
      });
      const { deleted = false } = steps.simulator.batch(batchId) ?? {};
      const letter = deleted ? 'D' : halted ? 'E' : 'I';
      expect(letter === 'D' && steps.now > before ? letter.toLowerCase() : letter).toBe(expected);
      if (letter === 'D') expect(halted).toEqual({ started: false });
      if (letter === 'E') expect(halted).toMatchObject({ started: true });
      if (letter === 'I') expect(requestsTo('stop').length).toBeGreaterThan(10);
    });
  });

  /** D: deleted. L: left. Where it has polled first, it names the batch. */
  describe('whether a twin is deleted', () => {
    const table = `
      created,processed           D D l | L L l | L L l
      scheduled                   L L L | L L L | L L L
      queued,running              l l L | L L L | L L L
      completed,executed          l l L | L L L | L L L
      stopped,failed,canceled,cancelled              L L L | L L L | L L L
      archived,-                  l l L | L L L | L L L`;
    test.each(cellsOf(table))('%s', async (_, cell, expected) => {
      const { batchId } = await made();
      show(cell, batchId);
      const letter = await letterOf(async () => {
        const ask = { campaignId: 'lone', agentId: AGENT, keep: 'another' };
        const { deleted, unclear } = await steps.persist('deleteTwins', ask);
        expect(steps.simulator.batch(batchId)?.deleted).toBe(deleted === 1);
        expect(unclear).toEqual(expected === expected.toUpperCase() ? undefined : [batchId]);
        return deleted === 1 ? 'D' : 'L';
      });
      expect(letter).toBe(expected);
    });
  });

  /** A: another batch may be made. R: refused, since these people may be called already. */
  describe('whether other contacts are refused', () => {
    const table = `
      created,processed           A A r | R R r | R R r
      scheduled                   R R R | R R R | R R R
      queued,running              r r R | R R R | R R R
      completed,executed          r r R | R R R | R R R
      stopped,failed,canceled,cancelled              R R R | R R R | R R R
      archived,-                  r r R | R R R | R R R`;
    test.each(cellsOf(table))('%s', async (_, cell, expected) => {
      const { batchId } = await made();
      show(cell, batchId);
      const letter = await letterOf(async () => {
        const others = await steps.validate(csvOf(ROWS + 1));
        const refusal = await steps.create(others).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (refusal === undefined) return 'A';
        expect(refusal).toMatchObject({ type: 'OtherContacts', nonRetryable: true });
        expect(refusal).toBeInstanceOf(ApplicationFailure);
        return 'R';
      });
      expect(letter).toBe(expected);
    });
  });

  test.each(cellsOf(PHASES()))('a batch that is there already is taken over: %s', async (_, cell) => {
    const { contacts, batchId } = await made();
    show(cell, batchId);
    expect(await steps.create(contacts)).toMatchObject({ batchId, adopted: true });
    expect(steps.simulator.batches()).toHaveLength(1);
  });
});

/** c: created. s: scheduled. r: running. e: ended. u: unknown. */
function PHASES(): string {
  return `
    created,processed           c c r | s s r | s s r
    scheduled                   s s r | s s r | s s r
    queued,running              r r r | r r r | r r r
    completed,executed          e e e | e e e | e e e
    stopped,failed,canceled,cancelled              e e e | e e e | e e e
    archived,-                  u u r | s s r | s s r`;
}

function batchOf({ status, start, executions }: Cell, batchId: string): Batch {
  const scheduledAt = { absent: undefined, ahead: 2, past: 1 }[start];
  const facts = { status, scheduledAt, counts: EXECUTIONS[executions] };
  return { ...facts, batchId, phase: phaseOf(facts), fileName: undefined, createdAt: 1, validContacts: ROWS };
}

describe('how far along a batch is', () => {
  const LETTERS = {
    created: 'c',
    scheduled: 's',
    running: 'r',
    completed: 'e',
    stopped: 'e',
    failed: 'e',
    unknown: 'u',
  };
  test.each(cellsOf(PHASES()))('%s', (_, cell, expected) => {
    expect(LETTERS[batchOf(cell, 'any').phase]).toBe(expected);
  });

  test.each(cellsOf(PHASES()))("of two batches the one further along is the campaign's: %s", (_, cell, expected) => {
    const marks: [string, Cell][] = [
      ['c', { status: 'created', start: 'absent', executions: 'none' }],
      ['u', { status: 'archived', start: 'absent', executions: 'none' }],
      ['s', { status: 'scheduled', start: 'ahead', executions: 'prepared' }],
      ['r', { status: 'running', start: 'past', executions: 'dialled' }],
      ['e', { status: 'completed', start: 'past', executions: 'dialled' }],
    ];
    const order = marks.map(([letter]) => letter);
    for (const [letter, other] of marks) {
      const first = furthestAlong([batchOf(other, 'other'), batchOf(cell, 'this')]);
      if (order.indexOf(expected) > order.indexOf(letter)) expect(first?.batchId).toBe('this');
      if (order.indexOf(expected) < order.indexOf(letter)) expect(first?.batchId).toBe('other');
    }
  });
});

/** O: over once nothing has moved for ten minutes. G: going on, however long. With every execution over, where two letters stand. */
describe('whether a campaign is over', () => {
  const table = `
    created,processed           G  G  GO | G  G  GO | G  G  GO
    scheduled                   G  G  GO | G  G  GO | G  G  GO
    queued,running              G  G  G  | G  G  G  | G  G  G
    completed,executed          O  G  GO | O  G  GO | O  G  GO
    stopped,failed,canceled,cancelled              O  O  O  | O  O  O  | O  O  O
    archived,-                  G  G  GO | G  G  GO | G  G  GO`;
  test.each(cellsOf(table))('%s', (_, cell, expected) => {
    const { status, phase, counts = {} } = batchOf(cell, 'any');
    const verdict = (shown: Record<string, number>) => {
      const look = { phase, said: meaningOf(status), counts: shown, expected: ROWS, stillForMinutes: 60 };
      return judge(look, undefined) === 'over' ? 'O' : 'G';
    };
    expect(verdict(counts)).toBe(expected.charAt(0));
    const whole = cell.executions === 'dialled' ? verdict({ completed: 1, 'no-answer': ROWS - 1 }) : expected.at(-1);
    expect(whole).toBe(expected.at(-1));
  });
});
