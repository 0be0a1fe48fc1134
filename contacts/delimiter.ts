import { parse } from 'csv-parse/sync';
import { columnName, NUMBER_COLUMN, numberColumnsAmong } from './number-column';

/** What may stand between columns. Spreadsheets write semicolons where people write decimals with a comma. */
const DELIMITERS = [',', ';', '\t', '|'];
/** A line by which Excel is told what stands between columns. */
const EXCEL_LINE = /^\s*sep=(\P{Cc}|\t)[\t ]*(\r\n|\r|\n)/iu;
/** Far above any real header; behind it, a comma it is. */
const MAX_HEAD = 1024 * 1024;

/** How a file is written. */
export interface Dialect {
  /** One character. */
  delimiter: string;
  /** What stands before the header and is no row, line breaks included. */
  preface: string;
}

/**
 * Finds out what stands between the columns of a file: a comma, if that makes one of them `contact_number`; else what makes one of them
 * that, or a column whose name can mean phone numbers, and of several what makes the most columns. Where nothing does, the most columns are best for telling what is wrong.
 *
 * @param head the beginning of the file
 * @param isEnd whether that is all of it
 * @returns undefined where more has to be read
 */
export function dialectOf(head: string, isEnd: boolean): Dialect | undefined {
  const [preface = '', delimiter] = EXCEL_LINE.exec(head) ?? [];
  if (delimiter !== undefined) return { delimiter, preface };
  const header = headerOf(head, isEnd || head.length > MAX_HEAD);
  if (header === undefined) return undefined;
  // As it always was, whatever else could be made of it.
  if (namesUnder(header, ',').includes(NUMBER_COLUMN)) return { delimiter: ',', preface: '' };
  const columns = DELIMITERS.map((candidate) => ({ delimiter: candidate, names: namesUnder(header, candidate) }));
  const fitting = columns.filter(({ names }) => numberColumnsAmong(names).length > 0);
  const [best] = (fitting.length > 0 ? fitting : columns).sort(byColumns);
  return { delimiter: best?.delimiter ?? ',', preface: '' };
}

/** The first line that is not blank, with the lines in its quotes. */
function headerOf(head: string, isAll: boolean): string | undefined {
  const text = head.trimStart();
  let isQuoted = false;
  for (const { 0: mark, index } of text.matchAll(/["\r\n]/g)) {
    if (mark === '"') isQuoted = !isQuoted;
    else if (!isQuoted) return text.slice(0, index);
  }
  return isAll ? text.slice(0, MAX_HEAD) : undefined;
}

function namesUnder(header: string, delimiter: string): string[] {
  try {
    const [cells = []] = parse(header, { delimiter, trim: true, relax_column_count: true });
    return cells.map(columnName);
  } catch {
    // Its quotes do not stand where they would with this delimiter.
    return [];
  }
}

function byColumns(one: { names: string[] }, other: { names: string[] }): number {
  return other.names.length - one.names.length;
}
