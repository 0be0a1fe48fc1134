import type { SimulatorOptions } from '../simulator/options';
import type { DialectName } from '../simulator/rules';
import type { CampaignInput } from '../workflows/input';
import type { Random } from './random';

/** Ten minutes of Bolna's are one second: its rounding stays a whole second, the finest its times on the wire can say. */
export const SPEED = 600;
const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';
/** What a spreadsheet may hold in place of a number. */
const NO_NUMBERS = ['not a number', '9.19877E+11', '12', ''] as const;

export interface Row {
  /** As a person's editor counts them: 2 is the first below the header. */
  line: number;
  fate: 'valid' | 'rejected' | 'duplicate';
  number: string;
}

/** A campaign: its file, its wishes, and what Bolna is like on that day. */
export interface Shape {
  rows: readonly Row[];
  csv: string;
  /** From the start of the campaign to the wished start of its calls, milliseconds; absent: as soon as possible. */
  startInMs: number | undefined;
  /** From the wished start to the latest one, milliseconds. */
  startWithinMs: number | undefined;
  retry: CampaignInput['retry'];
  /** More than that are several batches; absent: one batch. */
  maxRowsPerBatch: number | undefined;
  /** How Bolna words its answers. */
  dialect: DialectName;
  simulator: SimulatorOptions;
  words: string;
}

export function drawShape(random: Random): Shape {
  const rows = drawRows(random);
  const valid = rows.filter((row) => row.fate === 'valid').length;
  const startInMs = random.chance(0.4) ? random.int(3_000, 12_000) : undefined;
  const startWithinMs = startInMs !== undefined && random.chance(0.15) ? random.int(4_000, 30_000) : undefined;
  const retry = random.chance(0.4) ? drawRetry(random) : undefined;
  const concurrency = random.pick([1, 3, 10]);
  const maxRowsPerBatch = random.chance(0.35) ? random.int(Math.ceil(valid / 5), valid) : undefined;
  // So long that the calls of the whole file take a few seconds, however many rows there are.
  const seconds = Math.round((random.int(2, 10) * SPEED * concurrency) / valid);
  const dialect = random.pick(['documented', 'documented', 'older', 'strange'] as const);
  const rules: SimulatorOptions['rules'] = {
    concurrency,
    callSeconds: [Math.ceil(seconds / 2), Math.ceil(seconds * 1.5)],
    dialect,
    v2Path: random.pick(['paged', 'paged', 'bare', 'missing']),
    executionsFrom: random.pick(['begin', 'create', 'processed'] as const),
    executionIds: random.pick(['string', 'string', 'integer']),
    times: random.pick(['offset', 'offset-fraction', 'zulu', 'zulu-fraction']),
    deleteScheduled: random.chance(0.7),
    stopScheduled: random.chance(0.7),
    // Where Bolna refuses that, a cancel while retries rest keeps nobody from being called, and no client can.
    stopResting: true,
    deleteRunning: random.chance(0.3),
    listLagMs: random.pick([0, 0, 0, 300_000, 1_200_000]),
  };
  const words = [
    `${rows.length} rows (${valid} to be called)`,
    retry ? 'with retries' : 'no retries',
    startInMs === undefined ? 'at once' : `in ${startInMs / 1000} s`,
    ...(startWithinMs === undefined ? [] : [`or within ${startWithinMs / 1000} s`]),
    `${concurrency} at a time`,
    `${dialect} dialect`,
    ...(maxRowsPerBatch === undefined ? [] : [`at most ${maxRowsPerBatch} a batch`]),
    ...(rules.listLagMs ? [`list ${rules.listLagMs / 60_000} min behind`] : []),
  ];
  const seed = `shape ${random.next()}`;
  return {
    rows,
    csv: `contact_number,customer_name\n${rows.map(({ number, line }) => `${number},Person ${line}\n`).join('')}`,
    startInMs,
    startWithinMs,
    retry,
    maxRowsPerBatch,
    dialect,
    simulator: { speed: SPEED, seed, rules },
    words: words.join(', '),
  };
}

/** What the campaign is started with. @param now milliseconds since the epoch, from which its wishes count */
export function inputOf({ csv, startInMs, startWithinMs, retry, maxRowsPerBatch }: Shape, now: number): CampaignInput {
  const iso = (at: number) => new Date(at).toISOString();
  return {
    agentId: AGENT,
    contacts: { csv },
    ...(retry && { retry }),
    ...(maxRowsPerBatch !== undefined && { maxRowsPerBatch }),
    ...(startInMs !== undefined && { startAt: iso(now + startInMs) }),
    ...(startInMs !== undefined && startWithinMs !== undefined && { startBy: iso(now + startInMs + startWithinMs) }),
  };
}

function drawRows(random: Random): Row[] {
  const count = random.int(5, 120);
  const rows: Row[] = [];
  let people = 0;
  for (let i = 0; i < count; i++) {
    const line = i + 2;
    // The first is always somebody: a file without anybody to call is refused, and nothing happens.
    const fate = i === 0 ? 'valid' : random.next();
    if (fate === 'valid' || fate > 0.12) rows.push({ line, fate: 'valid', number: numberOf(people++) });
    else if (fate > 0.06) rows.push({ line, fate: 'rejected', number: random.pick(NO_NUMBERS) });
    else rows.push({ line, fate: 'duplicate', number: numberOf(random.int(0, people - 1)) });
  }
  return rows;
}

type Statuses = NonNullable<NonNullable<CampaignInput['retry']>['retry_on_statuses']>;

function drawRetry(random: Random): NonNullable<CampaignInput['retry']> {
  const most = random.int(1, 3);
  return {
    enabled: true,
    max_retries: most,
    retry_on_statuses: random.pick<Statuses>([
      ['no-answer', 'busy'],
      ['no-answer'],
      ['no-answer', 'busy', 'failed', 'error'],
    ]),
    retry_intervals_minutes: Array.from({ length: most }, () => random.int(5, 25)),
  };
}

/** From the range that is reserved for fiction. */
function numberOf(i: number): string {
  return `+1202555${String(100 + i).padStart(4, '0')}`;
}
