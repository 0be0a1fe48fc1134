import fc from 'fast-check';
import type { DialectName } from '../../simulator/rules';
import type { CampaignInput } from '../../workflows/input';
import { DAY, HOUR, MINUTE, numberOf } from '../support/rig';

/** What a campaign and its Bolna are like: drawn once for each sequence. Durations in milliseconds. */
export interface Shape {
  /** Valid rows; the file has a rejected row and a duplicate besides. */
  rows: number;
  /** After which valid row the rejected one and the duplicate stand. */
  oddRowsAfter: number;
  split: { rowsPerBatch: number; atOnce: number } | null;
  retry: { max: number; minutes: number } | null;
  /** How long after the sequence's beginning the campaign is to start; null: as soon as possible. */
  startInMs: number | null;
  /** How far after a full hour the sequence begins: Bolna rounds to full ten minutes. */
  phaseMs: number;
  concurrency: number;
  listLagMs: number;
  /** Whether Bolna deletes, and stops, what is scheduled. */
  deleteScheduled: boolean;
  stopScheduled: boolean;
  /** How far the workers' clocks are ahead of Bolna's; negative for behind. */
  clockIsAheadMs: number;
  /** How Bolna words its answers. */
  dialect: DialectName;
  /** Decides how each call goes. */
  outcomes: number;
  /** Whether workers forget the campaign after each of its steps: the next is taken by one that has only its history. */
  forgetful: boolean;
}

export const shapes: fc.Arbitrary<Shape> = fc
  .record({
    rows: fc.integer({ min: 2, max: 10 }),
    oddRowsAfter: fc.integer({ min: 1, max: 10 }),
    split: fc.option(
      fc.record({ rowsPerBatch: fc.integer({ min: 2, max: 5 }), atOnce: fc.integer({ min: 1, max: 3 }) }),
      { freq: 3 },
    ),
    retry: fc.option(fc.record({ max: fc.integer({ min: 1, max: 3 }), minutes: fc.constantFrom(1, 30, 120) }), {
      freq: 2,
    }),
    startInMs: fc.option(fc.constantFrom(5 * MINUTE, 45 * MINUTE, 5 * HOUR, 2 * DAY, 33 * DAY), { freq: 1 }),
    phaseMs: fc.integer({ min: 0, max: 19 }).map((half) => half * 30_000 + 7_000),
    concurrency: fc.constantFrom(10, 1, 2),
    listLagMs: fc.constantFrom(0, 0, 0, MINUTE, 5 * MINUTE),
    deleteScheduled: fc.constantFrom(true, true, true, false),
    stopScheduled: fc.constantFrom(true, true, true, false),
    clockIsAheadMs: fc.constantFrom(0, 0, 0, -15 * MINUTE, -3 * MINUTE, 15 * MINUTE),
    dialect: fc.constantFrom<DialectName>('documented', 'documented', 'older', 'strange'),
    outcomes: fc.nat(9_999),
    forgetful: fc.boolean(),
  })
  // A batch has two rows at least, so that a stretch of rows is more than a row.
  .map((shape) => (shape.split && shape.rows <= shape.split.rowsPerBatch ? { ...shape, split: null } : shape));

/** What a fast Bolna can be like on a real clock, where a month cannot be waited for. */
export const abruptShapes: fc.Arbitrary<Shape> = shapes.map((shape) => ({
  ...shape,
  startInMs: shape.startInMs === null ? null : Math.min(shape.startInMs, 45 * MINUTE),
  retry: shape.retry && { ...shape.retry, minutes: 1 },
  listLagMs: 0,
}));

export type Contacts = 'own' | 'other';

/** Numbers that may be called. The other contacts share half of them: whoever is in both must not be called twice. */
export function validNumbers(shape: Shape, contacts: Contacts): string[] {
  const from = contacts === 'own' ? 0 : Math.ceil(shape.rows / 2);
  return Array.from({ length: shape.rows }, (_, i) => numberOf(from + i));
}

/** Rows of the file, the header not counted. */
export function rowsOf(shape: Shape): number {
  return shape.rows + 2;
}

export function csvOfShape(shape: Shape, contacts: Contacts): string {
  const numbers = validNumbers(shape, contacts);
  const lines = numbers.map((number, i) => `${number},Person ${i}`);
  lines.splice(Math.min(shape.oddRowsAfter, shape.rows), 0, 'nonsense,Nobody', `${numbers[0]},Again`);
  return `contact_number,customer_name\n${lines.join('\n')}\n`;
}

/**
 * @param beganAt when the sequence began, ms since the epoch
 * @param speed how much faster than the clock Bolna is
 */
export function inputOf(shape: Shape, contacts: Contacts, beganAt: number, speed: number): Partial<CampaignInput> {
  const { split, retry, startInMs } = shape;
  return {
    contacts: { csv: csvOfShape(shape, contacts) },
    ...(startInMs !== null && { startAt: new Date(beganAt + startInMs / speed).toISOString() }),
    ...(split && { maxRowsPerBatch: split.rowsPerBatch, maxBatchesAtOnce: split.atOnce }),
    ...(retry && { retry: { enabled: true, max_retries: retry.max, retry_intervals_minutes: [retry.minutes] } }),
  };
}
