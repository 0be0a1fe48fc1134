import type { Readable } from 'node:stream';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { ContactsError } from '../errors';

/** Far above any workbook: Excel's own have a dozen files, and one a sheet. */
const MOST_FILES = 10_000;
const MB = 1024 * 1024;

/** The files of a workbook, which is a zip archive. Each says how long it is, and is never read further. */
export class Archive {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** @throws Error where it is no zip archive */
  static async open(path: string): Promise<Archive> {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    const entries = new Map<string, Entry>();
    try {
      if (zip.entryCount > MOST_FILES) throw new Error('too many files');
      for await (const entry of zip.eachEntry()) entries.set(entry.fileName.toLowerCase(), entry);
      return new Archive(zip, entries);
    } catch (error) {
      zip.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.entries.has(name.toLowerCase());
  }

  /**
   * Opens a file of the archive.
   * @param mostBytes how long it may be, unpacked: a small archive can hold far more than fits on a disk
   * @throws {@link ContactsError} for a longer one; Error where there is none, or it cannot be unpacked
   */
  async read(name: string, mostBytes: number): Promise<Readable> {
    const entry = this.entries.get(name.toLowerCase());
    if (!entry) throw new Error(`no ${name}`);
    if (entry.uncompressedSize > mostBytes) {
      const size = `${Math.round(entry.uncompressedSize / MB)} MB where ${mostBytes / MB} MB are taken`;
      throw new ContactsError(
        'workbook-too-large',
        `The workbook is too large (unpacked, one of its parts has ${size}): save the sheet with the contacts as "CSV UTF-8", and give that file.`,
      );
    }
    return this.zip.openReadStreamPromise(entry);
  }

  close(): void {
    this.zip.close();
  }
}
