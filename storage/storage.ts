import type { Readable } from 'node:stream';

/**
 * Where a campaign's files live. Paths are relative, with `/` between folders: `<campaign id>/results.csv`.
 *
 * Every write is all or nothing: a reader never sees half a file, also when the writer dies in the middle. That is what
 * lets an activity be killed anywhere and simply run again.
 */
export interface CampaignStorage {
  /**
   * Streams a file, or a range of its bytes.
   * @throws FileNotFoundError when there is none.
   */
  read(path: string, range?: ByteRange): Promise<Readable>;

  /** Replaces a file, whole or not at all, and returns once it would survive a power cut. */
  write(path: string, content: Readable | string): Promise<void>;

  /**
   * Writes a file only if there is none yet, and says what stands there afterwards: of several callers at once, on any
   * machine, all are told the same text. This is what makes "only one batch is ever scheduled" true.
   */
  claim(path: string, text: string): Promise<string>;

  /** Size in bytes, or undefined when there is no such file. */
  size(path: string): Promise<number | undefined>;

  /** The names of the files in a folder, in no order, without those of folders in it; none where there is no such folder. */
  list(folder: string): AsyncGenerator<string>;

  /** Deletes a file; a missing one is fine. */
  delete(path: string): Promise<void>;

  /** The address of a path, as it may travel through Temporal and be shown to people. */
  uriOf(path: string): string;

  /** The path behind an address. @throws ForeignUriError when it is not in this storage. */
  pathOf(uri: string): string;
}

/** Bytes from `start` up to, not including, `end`; neither is beyond the end of the file. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Thrown when a file that is asked for does not exist. */
export class FileNotFoundError extends Error {
  override readonly name = 'FileNotFoundError';
  constructor(readonly path: string) {
    super(`There is no file ${path} in the campaign storage.`);
  }
}

/** Thrown when an address points outside the storage, so that no caller can have other files of the machine read. */
export class ForeignUriError extends Error {
  override readonly name = 'ForeignUriError';
  /** @param address that it has where it is in the storage, and is only named otherwise */
  constructor(uri: string, root: string, address?: string) {
    super(
      address === undefined
        ? `${uri} is not in the campaign storage: put the file under ${root} (CAMPAIGN_DATA) and give its address there.`
        : `${uri} is not an address: give ${address}.`,
    );
  }
}

/** What keeps a storage from doing what it is asked; all of it can pass, or be mended while a campaign waits. */
export type StorageTrouble = 'unreachable' | 'throttled' | 'refused' | 'missing' | 'full' | 'failed';

/** Thrown by a storage that is a service of its own. The message is a sentence that says what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  /**
   * @param code what the service or the system calls it: `SlowDown`, `ECONNREFUSED` …
   */
  constructor(
    message: string,
    readonly trouble: StorageTrouble,
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Thrown at the start for a storage that cannot be used as it is set up. The message is a sentence that says what to do. */
export class StorageUnusableError extends Error {
  override readonly name = 'StorageUnusableError';
}

/** Reads a whole small file as text. @throws FileNotFoundError */
export async function readText(storage: CampaignStorage, path: string): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of await storage.read(path)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}
