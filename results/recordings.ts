import type { Readable } from 'node:stream';
import { z } from 'zod';
import { jsonLines } from './json-lines';

/** What became of the recording of one call: its file in the campaign's folder `recordings`, or why there is none. */
export type RecordingOutcome = { execution: string; file: string } | { execution: string; missing: string };

/** How a cell of `results.csv` begins that has a reason in the place of a file. */
const MISSING = 'not saved: ';

const outcomeSchema = z.union([
  z.object({ execution: z.string(), file: z.string() }),
  z.object({ execution: z.string(), missing: z.string() }),
]);

/** The recordings of a batch, by the ID of their call, about 0.1 KB each: what the results say of them. */
export class RecordingsByCall {
  readonly #cells = new Map<string, string>();

  /** @param source JSON Lines, as they were written; undefined where none were */
  static async read(source: Readable | undefined): Promise<RecordingsByCall> {
    const found = new RecordingsByCall();
    if (source === undefined) return found;
    for await (const value of jsonLines(source)) {
      const { data } = outcomeSchema.safeParse(value);
      if (data)
        found.#cells.set(data.execution, 'file' in data ? `recordings/${data.file}` : `${MISSING}${data.missing}`);
    }
    return found;
  }

  /** What to write of a recorded call: the file's path beside `results.csv`, or why there is none. */
  cellOf(executionId: string): string {
    return this.#cells.get(executionId) ?? `${MISSING}the download did not come to its end`;
  }
}

/** A cell as programs read it: the file's path beside `results.csv`, and why there is none; null where there is nothing. */
export interface RecordingCell {
  recording: string | null;
  recordingMissing: string | null;
}

export function recordingCell({ recording, recordingMissing }: RecordingCell): string {
  return recording ?? (recordingMissing === null ? '' : `${MISSING}${recordingMissing}`);
}

/** Reads a cell back. */
export function recordingIn(cell: string | undefined): RecordingCell {
  if (!cell) return { recording: null, recordingMissing: null };
  return cell.startsWith(MISSING)
    ? { recording: null, recordingMissing: cell.slice(MISSING.length) }
    : { recording: cell, recordingMissing: null };
}
