import type { Readable, Writable } from 'node:stream';
import { isBlank } from './blank';
import { abandon, CsvSink } from './csv-sink';
import { cut } from './cut';
import { neutral } from './formulas';
import { Judge, type Judgement, MAX_SHOWN } from './judge';
import type { NumberSet } from './number-set';
import { openContacts, type ReadingOptions } from './read';
import type { TableRow } from './row-splitter';
import { OF_A_FILE, type Place, type Wording } from './wording';

/** A row that is worth a word: it is not called, or looks odd. */
export interface Finding extends Place {
  /** `valid` for a row that is called but looks odd. */
  verdict: Judgement['verdict'];
  /** Where the fault is; empty when it is the row's as a whole. */
  column: string;
  /** What stands there, at most 200 characters of it. */
  value: string;
  reason: string;
  /** What to do about it. */
  mend: string;
}

export interface CheckOptions extends ReadingOptions {
  /** Numbers on a suppression list. */
  suppressed?: Pick<NumberSet, 'has'> | undefined;
  /** Gets the rows that can be called, as a contacts file with the columns in their order and the numbers in E.164. */
  cleaned?: Writable | undefined;
  /** Columns that the agent uses: a row is worth a word where one is blank. Default: none is known. */
  used?: readonly string[] | undefined;
}

/** What a file came to. */
export interface Check {
  total: number;
  valid: number;
  rejected: number;
  duplicates: number;
  suppressed: number;
  /** Of the valid ones, those that look odd. */
  flagged: number;
  /** Numbers that are not written as they will be dialled. */
  rewritten: number;
  columns: string[];
  /** Rows that are not called, by what is wrong with them, the commonest first. */
  reasons: { reason: string; rows: number }[];
  /** What a person should know of how the file is read, in sentences. */
  notes: string[];
}

/** Reasons that are counted by themselves; a file of faults has no more kinds of them. */
const MOST_REASONS = 100;

/**
 * Judges every row of a contacts file as a campaign does, and tells what is wrong with each, holding some 30 bytes a row.
 *
 * @param tell is given each finding, in line order; what it returns is waited for
 * @throws {@link ContactsError} when the file as a whole cannot be used; the cleaned file is then left unfinished
 */
export async function checkContacts(
  source: Readable,
  { suppressed, cleaned, used = [], ...reading }: CheckOptions,
  tell: (finding: Finding) => Promise<void> | undefined,
): Promise<Check> {
  const sinks = cleaned ? [cleaned] : [];
  try {
    const { wording = OF_A_FILE } = reading;
    const { header, blocks, notes } = await openContacts(source, reading);
    const { columns, numberAt } = header;
    const judge = new Judge(header, { ...reading, suppressed });
    const usedAt = used.map((column) => ({ column, at: columns.indexOf(column) })).filter(({ at }) => at >= 0);
    const sink = cleaned && new CsvSink(cleaned);
    sink?.write(columns.map(neutral));
    const count = { valid: 0, rejected: 0, duplicate: 0, suppressed: 0, flagged: 0, rewritten: 0 };
    const reasons = new Map<string, number>();
    for await (const block of blocks) {
      for (const row of block) {
        const judged = judge.judge(row);
        count[judged.verdict] += 1;
        const typed = row.cells[numberAt] ?? '';
        if (judged.verdict === 'valid') {
          if (judged.number !== typed) count.rewritten += 1;
          const cells = row.cells.map((cell, at) => neutral(at === numberAt ? judged.number : cell));
          if (sink && !sink.write(cells)) await sink.drained();
        } else note(reasons, kindOf(judged.verdict, judged.reason, wording));
        const finding = findingOf(row, { column: columns[numberAt] ?? '', typed }, judged, wording);
        if (judged.verdict === 'valid' && finding) count.flagged += 1;
        if (finding) await tell(finding);
        if (judged.verdict === 'valid') for (const blank of blankOf(row, usedAt)) await tell(blank);
      }
    }
    await sink?.end();
    const { duplicate: duplicates, ...rest } = count;
    const total = rest.valid + rest.rejected + duplicates + rest.suppressed;
    const sorted = [...reasons].map(([reason, rows]) => ({ reason, rows })).sort((one, other) => other.rows - one.rows);
    return { total, ...rest, duplicates, columns, reasons: sorted, notes: notes() };
  } catch (error) {
    abandon(sinks, error);
    throw error;
  }
}

function findingOf(
  row: TableRow,
  { column, typed }: { column: string; typed: string },
  judged: Judgement,
  wording: Wording,
): Finding | undefined {
  const place = placeOf(row);
  if (judged.verdict === 'valid') {
    if (judged.note === undefined) return undefined;
    const mend = 'nothing, if the number is right: it is called';
    return { ...place, verdict: 'valid', column, value: typed, reason: judged.note, mend };
  }
  const { verdict, value } = judged;
  return { ...place, verdict, column: judged.column, value, ...adviceOf(judged.verdict, judged.reason, wording) };
}

function placeOf({ line, row }: TableRow): Place {
  return { line, ...(row !== undefined && { row }) };
}

/** The cells of a row that is called in which the agent finds no value. */
function blankOf(row: TableRow, usedAt: readonly { column: string; at: number }[]): Finding[] {
  return usedAt.flatMap(({ column, at }) => {
    const value = cut(row.cells[at] ?? '', MAX_SHOWN);
    return isBlank(value) ? [{ ...placeOf(row), verdict: 'valid', column, value, ...BLANK }] : [];
  });
}

const BLANK = { reason: 'has no value, and the agent uses it', mend: 'enter it: the person is called all the same' };

/** A reason says what is wrong and, behind a semicolon, what to do. */
function adviceOf(
  verdict: 'rejected' | 'duplicate' | 'suppressed',
  whole: string,
  { unit }: Wording,
): { reason: string; mend: string } {
  const [reason = '', ...mend] = whole.split('; ');
  if (verdict === 'duplicate')
    return { reason: whole, mend: `nothing: the person is called once, with the earlier ${unit}` };
  if (verdict === 'suppressed') return { reason: whole, mend: 'nothing: the person is not called' };
  return { reason, mend: mend.join('; ') || 'enter the number, or delete the row' };
}

/** What rows are counted under: the line of another is of no matter there. */
function kindOf(verdict: 'rejected' | 'duplicate' | 'suppressed', reason: string, { unit }: Wording): string {
  return verdict === 'duplicate' ? `duplicate of an earlier ${unit}` : (reason.split('; ')[0] ?? reason);
}

function note(reasons: Map<string, number>, reason: string): void {
  const known = reasons.has(reason) || reasons.size < MOST_REASONS ? reason : 'other reasons';
  reasons.set(known, (reasons.get(known) ?? 0) + 1);
}
