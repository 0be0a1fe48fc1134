import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { errorCode } from '../../storage/error-code';
import { LocalStorage } from '../../storage/local';

const traceSchema = z.object({
  fileName: z.string(),
  baseUrl: z.string(),
  account: z.string(),
  agentId: z.string(),
  /** Milliseconds since the epoch. */
  createdAt: z.number(),
  /** Missing where no answer said it. */
  batchId: z.string().optional(),
});
/** A batch that may be at Bolna. Its file name is written down before it is sent, so that no crash hides it. */
export type Trace = z.infer<typeof traceSchema>;

/** Which of them this run can see to. */
export type Place = Pick<Trace, 'baseUrl' | 'account'>;

/** What of `verify-api` may be left at Bolna, a file each in the campaign home. */
export class Traces {
  private readonly storage: LocalStorage;

  constructor(
    /** @param folder made with the first file */
    private readonly folder: string,
    readonly place: Place,
  ) {
    this.storage = new LocalStorage(folder);
  }

  async write(trace: Trace): Promise<void> {
    await this.storage.write(pathOf(trace.fileName), JSON.stringify(trace));
  }

  async forget({ fileName }: Pick<Trace, 'fileName'>): Promise<void> {
    await this.storage.delete(pathOf(fileName));
  }

  /** Those at the same address and of the same account. */
  async all(): Promise<Trace[]> {
    const names = await readdir(this.folder).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    const traces: Trace[] = [];
    for (const name of names.filter((each) => each.endsWith('.json')).sort()) {
      const { data } = traceSchema.safeParse(parsed(await readFile(join(this.folder, name), 'utf8')));
      if (data && data.baseUrl === this.place.baseUrl && data.account === this.place.account) traces.push(data);
    }
    return traces;
  }
}

function pathOf(fileName: string): string {
  return fileName.replace(/\.csv$/, '.json');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
