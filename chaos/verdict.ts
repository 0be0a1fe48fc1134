import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Execution } from '../simulator/model';
import type { Simulator } from '../simulator/simulator';
import type { Scene } from './scene';
import type { Row } from './shape';

/** What must never happen, counted. */
export const COUNTS = {
  dialledTooOften: 'numbers dialled more often than intended',
  calledThoughSuppressed: 'numbers called that were answered as suppressed',
  calledAfterEnd: 'calls placed after an end that rules them out',
  unaccountedRows: 'rows unaccounted for',
  contradictedRows: "rows that Bolna's own record contradicts",
  scheduledTwice: 'batches scheduled twice',
  twinsLeft: 'twins left behind',
  stuck: 'campaigns stuck',
  unexpectedEnds: 'campaigns that ended as nothing can explain',
  notReplayed: 'histories that do not replay',
  notCarriedOut: 'disturbances that the harness could not carry out',
} as const;

export type CountName = keyof typeof COUNTS;
export type Counts = Record<CountName, number>;

export function noCounts(): Counts {
  return Object.fromEntries(Object.keys(COUNTS).map((name) => [name, 0])) as Counts;
}

/** What is looked at. */
export type Evidence = Pick<
  Scene,
  | 'campaignId'
  | 'folder'
  | 'shape'
  | 'simulator'
  | 'ledger'
  | 'result'
  | 'asksForPerson'
  | 'endedAt'
  | 'troubles'
  | 'suppressed'
>;

/** A line of results.csv. */
type Line = Record<string, string>;

/** So long before its end a campaign has looked for twins at the latest, milliseconds; one that appears later is not its. */
const LAST_LOOK_MS = 3_000;

/** Takes stock of a campaign that is over. @param mayEnd the ends that its disturbances explain, beside `completed` */
export async function judge(scene: Evidence, ended: boolean, mayEnd: readonly string[]): Promise<Counts> {
  const status = scene.result?.status;
  const lines = await readLines(scene);
  return {
    ...noCounts(),
    dialledTooOften: dialledTooOften(scene),
    calledThoughSuppressed: calledThoughSuppressed(scene),
    calledAfterEnd: ended && status !== 'failed' ? calledAfterEnd(scene) : 0,
    unaccountedRows: ended ? unaccountedRows(scene, lines) : 0,
    contradictedRows: ended ? contradictedRows(scene, lines).length : 0,
    scheduledTwice: scene.ledger.scheduledTwice,
    twinsLeft: ended ? twinsLeft(scene) : 0,
    stuck: ended || scene.asksForPerson ? 0 : 1,
    unexpectedEnds: ended && !isExplained(scene, mayEnd) ? 1 : 0,
    notCarriedOut: scene.troubles.length,
  };
}

/** Said of the campaign's batch, or of one of several. */
const LOST = /no longer knows batch .* was being moved to another start: nobody can tell who was called/;

function isExplained({ result }: Evidence, mayEnd: readonly string[]): boolean {
  const { status = 'terminated', reason = '' } = result ?? {};
  if (status === 'completed' || mayEnd.includes(status)) return true;
  return status === 'failed' && LOST.test(reason) && mayEnd.includes('lost');
}

function dialledTooOften({ simulator, shape }: Evidence): number {
  const most = 1 + (shape.retry?.max_retries ?? 0);
  const dials = new Map<string, { first: number; all: number }>();
  for (const { number, attempt } of simulator.dials()) {
    const count = dials.get(number) ?? { first: 0, all: 0 };
    dials.set(number, { first: count.first + (attempt === 1 ? 1 : 0), all: count.all + 1 });
  }
  return [...dials.values()].filter(({ first, all }) => first > 1 || all > most).length;
}

/** Neither before the answer nor after it: it says that no call was made, and none will be. */
function calledThoughSuppressed({ simulator, suppressed }: Evidence): number {
  return [...suppressed].filter(([number, outcome]) => outcome === 'suppressed' && simulator.dials(number).length > 0)
    .length;
}

function calledAfterEnd({ simulator, endedAt }: Evidence): number {
  return simulator.dials().filter((dial) => dial.at > endedAt).length;
}

/** Rows that are in no bucket, in several, or counted otherwise than they are written. */
function unaccountedRows({ result, shape, simulator }: Evidence, lines: readonly Line[]): number {
  // A cancel waits for nothing, also not until the file is read; but then nobody may ever have been called.
  const unread = result?.status === 'canceled' && result.files === null && result.contacts.total === 0;
  if (unread && simulator.dials().length === 0) return 0;
  const wanted = shape.rows.map((row) => String(row.line));
  const missing = wanted.filter((line) => lines.filter((each) => each.line === line).length !== 1).length;
  const extra = lines.filter((each) => !wanted.includes(each.line ?? '')).length;
  const buckets = new Map<string, number>();
  for (const { result: bucket = '' } of lines) buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
  const outcomes = Object.entries(result?.outcomes ?? {});
  const sum = outcomes.reduce((total, [, count]) => total + count, 0);
  const differing = [...new Set([...buckets.keys(), ...outcomes.map(([bucket]) => bucket)])].filter(
    (bucket) => (buckets.get(bucket) ?? 0) !== (result?.outcomes[bucket] ?? 0),
  ).length;
  return Math.max(missing + extra, Math.abs(sum - shape.rows.length), differing);
}

const TERMINAL = ['completed', 'no-answer', 'busy', 'failed', 'error', 'canceled', 'stopped', 'balance-low'];

/** What results.csv says of a row and Bolna says otherwise. */
export function contradictedRows(scene: Evidence, lines: readonly Line[]): string[] {
  const executions = new Map<string, Execution[]>();
  for (const execution of scene.simulator.batches().flatMap((batch) => batch.executions)) {
    const { number } = execution.contact;
    executions.set(number, [...(executions.get(number) ?? []), execution]);
  }
  const wrong: string[] = [];
  for (const row of scene.shape.rows) {
    const line = lines.find((each) => each.line === String(row.line));
    const why = line && contradiction(scene, row, line, executions.get(row.number) ?? []);
    if (why) wrong.push(`line ${row.line}: ${why}`);
  }
  return wrong;
}

function contradiction(
  { result, simulator, suppressed }: Evidence,
  row: Row,
  line: Line,
  executions: readonly Execution[],
): string | undefined {
  const said = line.result ?? '';
  if (row.fate !== 'valid') return said === row.fate ? undefined : `${row.fate}, and said to be ${said}`;
  const truth = executions.map(({ status, attempts }) => `${status} after ${attempts} calls`).join(', ') || 'nothing';
  const isUnclear = (execution: Execution) => simulator.endsUnclear(execution);
  const contradicted = `said to be ${said} after ${line.retries || 'no'} retries, and is ${truth}`;
  if (said === 'suppressed' && !suppressed.has(row.number))
    return `said to be suppressed, and nobody has asked for that`;
  if (said !== 'suppressed' && suppressed.get(row.number) === 'suppressed' && result?.status !== 'canceled')
    return `said to be ${said}, and was answered to be suppressed`;
  if (said === 'not-called' || said === 'suppressed')
    return executions.some(({ attempts }) => attempts > 0) ? contradicted : undefined;
  if (said === 'unsettled') {
    // One who did not wait, or could not look, says nothing wrong by that.
    if (result?.status === 'canceled' || result?.status === 'failed') return undefined;
    return executions.some((each) => each.phase === 'over' && TERMINAL.includes(each.status) && !isUnclear(each))
      ? contradicted
      : undefined;
  }
  const same = executions.some(
    (execution) =>
      !isUnclear(execution) && endOf(execution) === said && Number(line.retries || 0) === execution.history.length,
  );
  return same ? undefined : contradicted;
}

/** A machine that answered is not a person reached. */
function endOf({ status, outcome }: Execution): string {
  return status === 'completed' && outcome?.voicemail ? 'voicemail' : status;
}

/** Batches that were never scheduled and could have been found at the end. */
function twinsLeft({ simulator, endedAt, shape, result }: Evidence): number {
  const lag = (shape.simulator.rules?.listLagMs ?? 0) / (shape.simulator.speed ?? 1);
  return simulator
    .batches()
    .filter((batch) => !batch.deleted && batch.scheduledAt === null)
    .filter((batch) => batch.createdAt + lag < endedAt - LAST_LOOK_MS)
    .filter((batch) => !wasHidden(simulator, batch.createdAt))
    .filter((batch) => !isTold(batch.id, shape, result)).length;
}

/** In words that nobody knows no batch is sure to call nobody: a twin is left, and a person is told. */
function isTold(batchId: string, { dialect }: Evidence['shape'], result: Evidence['result']): boolean {
  return dialect === 'strange' && result?.notes.some((note) => note.includes(batchId)) === true;
}

/** Whether the campaign has looked for a batch made at that time, and Bolna's list has denied it each time. */
function wasHidden({ requests }: Simulator, createdAt: number): boolean {
  const looks = requests.filter(({ endpoint, at }) => endpoint === 'list' && at > createdAt);
  return looks.length > 0 && looks.every(({ fault }) => fault !== undefined);
}

/** results.csv, a record a row; empty where there is none. */
export async function readLines({ folder, campaignId }: Evidence): Promise<Line[]> {
  try {
    return parse(await readFile(join(folder, campaignId, 'results.csv')), { bom: true, columns: true });
  } catch {
    return [];
  }
}
