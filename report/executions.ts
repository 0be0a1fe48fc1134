import { hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { NumberLines } from '../contacts/number-lines';
import { endOfCall } from '../results/execution';
import { jsonLines } from '../results/json-lines';

/** What the report takes from an execution as Bolna gave it. */
export interface ToldExecution {
  id: string;
  /** As `endOfCall` gives it. */
  status: string;
  /** When it was over or last changed, in milliseconds since the epoch. */
  at: number | undefined;
  /** Empty where there is none. */
  transcript: string;
  summary: string;
  /** Whether an execution with this ID was told before. Pages shift while they are read, so one may be told twice. */
  isRepeated: boolean;
}

// No field is worth losing an execution over.
const text = z.string().nullish().catch(undefined);
const executionSchema = z.object({
  id: z.union([z.string(), z.number().transform(String)]).catch(''),
  status: text,
  answered_by_voice_mail: z.unknown().optional(),
  termination_reason: z.unknown().optional(),
  transcript: text,
  summary: text,
  created_at: text,
  updated_at: text,
});

/** Reads the executions of a campaign, one in memory at a time, and some 30 bytes of each that has gone by. */
export class Executions {
  /** Lines that hold no execution. */
  unreadable = 0;
  /** Files that were not there. */
  missingFiles = 0;
  readonly #seen = new NumberLines();

  /** @param open opens one file; undefined where it is missing */
  async *read(open: readonly (() => Promise<Readable | undefined>)[]): AsyncGenerator<ToldExecution> {
    for (const file of open) {
      const source = await file();
      if (source) yield* this.#readFile(source);
      else this.missingFiles += 1;
    }
  }

  async *#readFile(source: Readable): AsyncGenerator<ToldExecution> {
    try {
      for await (const value of jsonLines(source)) {
        const parsed = executionSchema.safeParse(value);
        if (parsed.success) yield this.#told(parsed.data);
        else this.unreadable += 1;
      }
    } finally {
      source.destroy();
    }
  }

  #told(execution: z.infer<typeof executionSchema>): ToldExecution {
    const { transcript, summary, ...times } = execution;
    const id = execution.id.trim();
    const isRepeated = id !== '' && this.#seen.add(keyOf(id), 1) !== undefined;
    const at = millis(times.updated_at) ?? millis(times.created_at);
    const told = { transcript: transcript ?? '', summary: summary ?? '' };
    const status = endOfCall({ ...execution, status: execution.status ?? '' });
    return { id, status, at, ...told, isRepeated };
  }
}

/** 48 bits that stand for an ID: of a million, two share them once in hundreds of campaigns. */
function keyOf(id: string): number {
  return hash('sha1', id, 'buffer').readUIntBE(0, 6) + 1;
}

/** Bolna's own example has a second of 89: a time that cannot be read is no time. */
function millis(time: string | null | undefined): number | undefined {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? undefined : at;
}
