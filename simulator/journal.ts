import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { JournalError } from './errors';
import { operationSchema } from './operations';

const entrySchema = z.object({ at: z.number(), operation: operationSchema });
export type JournalEntry = z.infer<typeof entrySchema>;

/** What a journal only makes sense with: another seed or rule would make other calls of the same requests. */
export interface JournalSettings {
  seed: string;
  speed: number;
  rules: object;
}

const headSchema = z.object({ seed: z.string(), speed: z.number(), rules: z.looseObject({}) });

/**
 * State-changing requests, one JSON line each, written before they are answered. With the seed they give the whole
 * state again, so the simulator survives `kill -9`.
 */
export class Journal {
  /** What was written before this start. */
  readonly earlier: JournalEntry[] = [];
  readonly #file: number;

  constructor(path: string, settings: JournalSettings) {
    mkdirSync(dirname(path), { recursive: true });
    const lines = existsSync(path) ? wholeLines(path) : [];
    const [head, ...entries] = lines;
    if (head !== undefined) checkHead(path, head, settings);
    entries.forEach((line, index) => {
      this.earlier.push(parseLine(path, index + 2, line, entrySchema));
    });
    this.#file = openSync(path, 'a');
    if (head === undefined) this.#write(settings);
  }

  append(entry: JournalEntry): void {
    this.#write(entry);
  }

  close(): void {
    closeSync(this.#file);
  }

  #write(value: JournalEntry | JournalSettings): void {
    writeSync(this.#file, `${JSON.stringify(value)}\n`);
  }
}

/** A line cut off by a crash was never answered for: it is dropped from the file too, or the next one would join it. */
function wholeLines(path: string): string[] {
  const content = readFileSync(path);
  const end = content.lastIndexOf('\n') + 1;
  if (end < content.length) truncateSync(path, end);
  return content.toString('utf8', 0, end).split('\n').slice(0, -1);
}

function parseLine<T>(path: string, number: number, line: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw new JournalError(`Line ${number} of the journal ${path} cannot be read; remove the file to start afresh.`, {
      cause,
    });
  }
}

/** Rules that only word an answer, so that the state follows from the same requests under another value. */
const WORDING: readonly string[] = ['walletUnit'];

function checkHead(path: string, line: string, settings: JournalSettings): void {
  const head = parseLine(path, 1, line, headSchema);
  const now = headSchema.parse(JSON.parse(JSON.stringify(settings)));
  const names = [...new Set([...Object.keys(head.rules), ...Object.keys(now.rules)])];
  const differing = [
    ...(['seed', 'speed'] as const).filter((name) => head[name] !== now[name]),
    ...names.filter((name) => !WORDING.includes(name) && !isDeepStrictEqual(head.rules[name], now.rules[name])),
  ];
  if (differing.length > 0) {
    throw new JournalError(
      `The journal ${path} was written with another ${differing.join(', ')}; start with the same settings, or with another file.`,
    );
  }
}
