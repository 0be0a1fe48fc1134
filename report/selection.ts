import { cut } from '../contacts/cut';
import { type Outcome, outcomeOf } from './outcomes';
import type { ResultRow } from './rows';
import { scriptJson } from './script-json';

/** Of the file's own columns, and in UTF-16 units of a cell: a table that shows more is no table. */
const MOST_COLUMNS = 12;
const MOST_LETTERS = 200;
const MOST_NUMBER = 40;
const MOST_TERMINATION = 100;
const MOST_EXTRACTED = 600;
const MOST_URL = 2000;

/** A row as the page gets it. */
export interface ShownRow {
  line: number;
  /** Empty where no execution can be found by it. */
  executionId: string;
  /** The row as JSON for the page, see page/table.js. */
  json: string;
}

/**
 * The rows that the page's table has room for: all of them, else the first of each outcome, so that a result which few rows have is not
 * pushed out by one that many have.
 */
export class Selection {
  readonly #mostBytes: number;
  readonly #byOutcome = new Map<Outcome, { rows: ShownRow[]; bytes: number; isFull: boolean }>();
  #bytes = 0;

  /** @param mostBytes of JSON, over all rows */
  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  add(row: ResultRow): void {
    const outcome = outcomeOf(row.result);
    const group = this.#byOutcome.get(outcome) ?? { rows: [], bytes: 0, isFull: false };
    this.#byOutcome.set(outcome, group);
    if (group.isFull) return;
    const executionId = row.executionId.length <= MOST_LETTERS ? row.executionId : '';
    const shown = { line: row.line, executionId, json: rowJson(row, outcome) };
    group.rows.push(shown);
    group.bytes += sizeOf(shown);
    this.#bytes += sizeOf(shown);
    while (this.#bytes > this.#mostBytes) this.#shrink();
  }

  /** In the order of the file. */
  get rows(): ShownRow[] {
    return [...this.#byOutcome.values()].flatMap(({ rows }) => rows).sort((a, b) => a.line - b.line);
  }

  /** Takes the last row of the outcome that has the most. */
  #shrink(): void {
    const [largest] = [...this.#byOutcome.values()].sort((a, b) => b.bytes - a.bytes);
    const last = largest?.rows.pop();
    if (!largest || !last) return;
    largest.bytes -= sizeOf(last);
    largest.isFull = true;
    this.#bytes -= sizeOf(last);
  }
}

/** Names of the file's own columns, as far as the page shows them. */
export function shownColumns(columns: readonly string[]): string[] {
  return columns.slice(0, MOST_COLUMNS).map((name) => cut(name, MOST_LETTERS));
}

function rowJson(row: ResultRow, outcome: Outcome): string {
  return scriptJson([
    row.line,
    cut(row.number, MOST_NUMBER),
    outcome,
    cut(row.reason, MOST_LETTERS),
    row.executionId === '' ? 0 : cut(row.executionId, MOST_LETTERS),
    row.seconds ?? null,
    row.cost ?? null,
    row.retries ?? null,
    webAddress(row.recordingUrl) ?? 0,
    cut(row.extracted, MOST_EXTRACTED),
    row.values.slice(0, MOST_COLUMNS).map((value) => cut(value, MOST_LETTERS)),
    cut(row.terminationReason, MOST_TERMINATION),
  ]);
}

/** An address that a click may open: of the web, and nothing that runs (`javascript:`, `data:`) or reads files. */
export function webAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const { protocol, href } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && href.length <= MOST_URL ? href : undefined;
}

function sizeOf({ json }: ShownRow): number {
  return Buffer.byteLength(json) + 1;
}
