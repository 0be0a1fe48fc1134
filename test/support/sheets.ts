import { Readable, Writable } from 'node:stream';
import Papa from 'papaparse';
import { original } from '../../contacts/formulas';
import { type ContactsSummary, validateContacts } from '../../contacts/validate';
import type { BatchOfRows } from '../../results/batches';
import { RESULT_COLUMNS } from '../../results/columns';
import { type ResultsSummary, reconcile } from '../../results/reconcile';

/** Keeps what is written to it. */
export class Sheet extends Writable {
  readonly #chunks: Buffer[] = [];
  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    done();
  }
  get text(): string {
    return Buffer.concat(this.#chunks).toString();
  }
}

export interface Split {
  summary: ContactsSummary;
  contacts: string;
  rejected: string;
}

export interface Refused {
  refused: unknown;
  /** Whether the file and both sinks were let go of. */
  closed: boolean;
}

/** What the validation makes of a file that arrives in pieces. */
export async function split(pieces: readonly Buffer[]): Promise<Split | Refused> {
  const [contacts, rejected] = [new Sheet(), new Sheet()];
  const source = Readable.from(pieces);
  try {
    const summary = await validateContacts(source, { contacts, rejected });
    return { summary, contacts: contacts.text, rejected: rejected.text };
  } catch (refused) {
    // A stream that is destroyed says so a moment later.
    await new Promise(setImmediate);
    return { refused, closed: source.destroyed && contacts.destroyed && rejected.destroyed };
  }
}

/** One row of the file as `results.csv` tells it. */
export interface ToldRow {
  line: number;
  number: string;
  result: string;
  reason: string;
  /** Of the columns named in {@link RESULT_COLUMNS}, those about the call. */
  call: string[];
  /** Of the file's own columns beside `contact_number`. */
  values: string[];
}

export interface Results {
  /** As it was written. */
  csv: string;
  summary: ResultsSummary;
  header: string[];
  rows: ToldRow[];
}

/** `results.csv` as another parser reads it, with the cells as they were before spreadsheets were thought of. @param executions the text of executions.jsonl */
export async function resultsOf(
  files: { input: Buffer | string; numberColumn?: string; contacts: string; rejected: string; executions: string },
  verdict: Pick<BatchOfRows, 'mayStillCall'>,
): Promise<Results> {
  const open = (content: Buffer | string): Readable => Readable.from([Buffer.from(content)]);
  const sheet = new Sheet();
  const sources = {
    input: open(files.input),
    numberColumn: files.numberColumn,
    contacts: open(files.contacts),
    rejected: open(files.rejected),
    batches: [{ rows: Number.POSITIVE_INFINITY, executions: async () => open(files.executions), ...verdict }],
  };
  const summary = await reconcile(sources, sheet);
  const [header = [], ...table] = readOurs(sheet.text).map((cells) => cells.map(original));
  const rows = table.map(([line, number = '', result = '', reason = '', ...rest]) => {
    const own = RESULT_COLUMNS.length - 4;
    return { line: Number(line), number, result, reason, call: rest.slice(0, own), values: rest.slice(own) };
  });
  return { csv: sheet.text, summary, header, rows };
}

/**
 * A CSV as papaparse, whose authors are not those of our own parser, reads it; undefined where it finds a fault in it.
 * Lines must end with LF: it does not take mixed ends.
 */
export function readElsewhere(text: string, delimiter = ','): string[][] | undefined {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter, newline: '\n', quoteChar: '"' });
  return errors.length > 0 ? undefined : data;
}

/** A file of ours as another parser reads it: every one ends with LF. */
export function readOurs(text: string): string[][] {
  const rows = text.endsWith('\n') ? readElsewhere(text.slice(0, -1)) : undefined;
  if (rows === undefined) throw new Error(`another parser cannot read ${JSON.stringify(text)}`);
  return rows;
}
