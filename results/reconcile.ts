import type { Writable } from 'node:stream';
import { isNotHandedOver, isTakenBack } from '../bolna/statuses';
import { abandon, CsvSink } from '../contacts/csv-sink';
import { neutral } from '../contacts/formulas';
import { type Anomalies, Batches, type BatchOfRows, type Current } from './batches';
import { type RowResult, resultColumns } from './columns';
import { type Execution, isTerminal, numberKey } from './execution';
import { ExactSum } from './sum';
import { closeAll, type JudgedRow, readVerdicts, type VerdictFiles } from './verdicts';

export interface ResultsFiles extends VerdictFiles {
  /** The batches that `contacts.csv` was split into, in its order; at least one. */
  batches: readonly BatchOfRows[];
  /** Numbers that were suppressed while the campaign ran, as {@link numberKey} has them. Default: none. */
  suppressed?: { has(number: number): boolean };
}

export interface ResultsSummary {
  /** Rows of the file. */
  rows: number;
  /** Rows by result; results that no row has are left out. */
  buckets: Partial<Record<RowResult, number>>;
  /** Cents of the account's currency, over the rows of `results.csv`. */
  cost: number;
  durationSeconds: number;
  retries: number;
  anomalies: Anomalies;
  /** Whether every row of the file is accounted for by the files of the validation, and the other way round. */
  addsUp: boolean;
  /** Whether the contacts came as JSON rows. */
  areRows: boolean;
  /** The first 100 `unsettled` rows: their lines, or which of the JSON rows they are. */
  unsettledLines: number[];
}

const MAX_UNSETTLED_LINES = 100;

/** A row with the execution it has taken. */
interface Taken {
  row: JudgedRow;
  execution: Execution | undefined;
  current: Current;
}

/**
 * Writes `results.csv`: a line for each row of the file, in its order, with how that row ended. Nothing in it is a formula for a
 * spreadsheet: see {@link neutral}.
 *
 * A row is `not-called` where Bolna took its call back, or left it as it was in a batch that it stopped, and shows no sign of a dial
 * (see `showsNoDial`), and where it has no execution. Both count only where Bolna's record has no room for another call to the row: as long as executions of its batch match no
 * row or cannot be read, one of them may be about this row. Then the first keeps Bolna's word, and the second is `unsettled`.
 *
 * A row that is not called is `suppressed` where its number was suppressed while the campaign ran. So is one without an execution whose
 * batch was made without it, whatever is not known of the other rows.
 *
 * Holds the rows and about 1 KB an execution of one batch in memory, however many batches there are. The sink is ended when
 * this resolves, and destroyed when it fails.
 */
export async function reconcile(files: ResultsFiles, sink: Writable): Promise<ResultsSummary> {
  try {
    return await write(files, sink);
  } catch (error) {
    abandon([sink], error);
    throw error;
  } finally {
    closeAll(files);
  }
}

async function write(files: ResultsFiles, sink: Writable): Promise<ResultsSummary> {
  const batches = new Batches(files.batches);
  const verdicts = await readVerdicts(files);
  const csv = new CsvSink(sink);
  csv.write([...resultColumns(verdicts.others), ...verdicts.others].map(neutral));

  const buckets: Partial<Record<RowResult, number>> = {};
  const [cost, durationSeconds, retries] = [new ExactSum(), new ExactSum(), new ExactSum()];
  const unsettledLines: number[] = [];
  let rows = 0;
  let changed = 0;
  const tell = ({ row, execution, current }: Taken, doubt: string | undefined): boolean => {
    const outcome = outcomeOf(row, execution, current.batch, doubt);
    const has = (numbers: { has(number: number): boolean } | undefined) => numbers?.has(numberKey(row.number)) === true;
    const isLeftOut = row.verdict === 'valid' && execution === undefined && has(current.batch.lacks);
    const isSuppressed = isLeftOut || (outcome.result === 'not-called' && has(files.suppressed));
    const { result, reason } = isSuppressed ? SUPPRESSED : outcome;
    buckets[result] = (buckets[result] ?? 0) + 1;
    if (result === 'unsettled' && unsettledLines.length < MAX_UNSETTLED_LINES) unsettledLines.push(row.line);
    cost.add(execution?.cost);
    durationSeconds.add(execution?.durationSeconds);
    retries.add(execution?.retries);
    return csv.write(
      [String(row.line), row.number, result, reason, ...told(execution, current), ...row.values].map(neutral),
    );
  };

  // Which executions match no row is known once all rows of the batch have taken theirs.
  let waiting: Taken[] = [];
  let last: Current | undefined;
  const tellWaiting = async (): Promise<void> => {
    const doubt = doubtOf(last);
    for (const taken of waiting) {
      if (!tell(taken, doubt)) await csv.drained();
    }
    waiting = [];
  };
  for await (const block of verdicts.blocks) {
    for (const row of block) {
      rows += 1;
      if (row.verdict === 'changed') changed += 1;
      const current = await batches.of(row.contact);
      if (current !== last) await tellWaiting();
      last = current;
      const execution = row.verdict === 'valid' ? current.executions.take(numberKey(row.number)) : undefined;
      waiting.push({ row, execution, current });
    }
  }
  await tellWaiting();
  await csv.end();
  const anomalies = await batches.end();
  return {
    rows,
    buckets,
    cost: cost.total,
    durationSeconds: durationSeconds.total,
    retries: retries.total,
    anomalies,
    areRows: verdicts.areRows,
    addsUp: changed === 0 && verdicts.leftOver() === 0,
    unsettledLines,
  };
}

/** Why rows without an execution may have been called all the same; undefined where Bolna's record leaves no doubt. */
function doubtOf(current: Current | undefined): string | undefined {
  if (current === undefined) return undefined;
  const { batch, executions } = current;
  if (batch.unlisted) return 'no call was seen, but Bolna counted calls that it does not list';
  if (executions.unreadableLines > 0) return 'no call was seen, but some of what Bolna told could not be read';
  const unmatched = executions.left + executions.displaced;
  return unmatched > 0 ? 'no call was seen, but Bolna told of calls that match no row' : undefined;
}

/** Of a contact that nobody has called, whatever else kept it from being called. */
const SUPPRESSED = { result: 'suppressed', reason: 'was suppressed while the campaign ran' } as const;

function outcomeOf(
  row: JudgedRow,
  execution: Execution | undefined,
  batch: Pick<BatchOfRows, 'mayStillCall' | 'notCalledReason' | 'unsettledReason' | 'stoodStill'>,
  doubt: string | undefined,
): { result: RowResult; reason: string } {
  if (row.verdict === 'changed') return { result: 'unsettled', reason: row.reason };
  if (row.verdict !== 'valid') return { result: row.verdict, reason: row.reason };
  if (execution === undefined) {
    if (batch.mayStillCall)
      return { result: 'unsettled', reason: batch.unsettledReason ?? 'no call was seen, and one may still come' };
    return doubt !== undefined
      ? { result: 'unsettled', reason: doubt }
      : { result: 'not-called', reason: batch.notCalledReason ?? 'no call was made' };
  }
  const { status, remark, undialled } = execution;
  // Bolna need not take back what it has stopped: calls that it never handed over may keep their status for good.
  const isLeftAtStop = batch.stoodStill === true && isNotHandedOver(status);
  if ((isTakenBack(status) || isLeftAtStop) && undialled && !batch.mayStillCall && doubt === undefined) {
    return {
      result: 'not-called',
      reason: batch.notCalledReason ?? (remark || `the call was ${status} before the dial`),
    };
  }
  if (isTerminal(status)) return { result: status, reason: remark };
  const last = status === '' ? 'the call has no status' : `the call's last known status is "${status}"`;
  return { result: 'unsettled', reason: last };
}

function told(execution: Execution | undefined, { recordings }: Current): string[] {
  return [
    execution?.terminationReason ?? '',
    execution?.id ?? '',
    execution?.durationSeconds?.toString() ?? '',
    execution?.cost?.toString() ?? '',
    execution?.retries?.toString() ?? '',
    execution?.recordingUrl ?? '',
    (execution?.recordingUrl && recordings?.cellOf(execution.id)) ?? '',
    execution?.extracted ?? '',
  ];
}
