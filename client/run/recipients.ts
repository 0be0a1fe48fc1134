import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { asCsv } from '../../contacts/as-csv';
import type { NumberSet } from '../../contacts/number-set';
import { type ContactRow, type ReadingOptions, readContacts } from '../../contacts/read';
import { type ContactsSummary, validateContacts } from '../../contacts/validate';
import { TYPED } from '../../contacts/wording';
import { campaignFiles } from '../../storage/campaign-files';
import { errorCode } from '../../storage/error-code';
import type { CampaignStorage } from '../../storage/storage';
import { UserError } from '../user-error';
import { kept } from './kept';

/** The people to call: a file, or one number given on the command line. */
export interface Recipients {
  /** Whether a person can look at its lines; otherwise it was made of the command line. */
  fromFile: boolean;
  /** Opens the CSV anew. @throws UserError when it cannot be read, ContactsError for a workbook that cannot */
  open(): Promise<Readable>;
  /** What a person should know of the file, in sentences; to be asked once it was opened. */
  notes(): readonly string[];
}

/**
 * A file of people, or of numbers that must not be called; a workbook is the CSV of one of its sheets.
 * @param option by which the file was named, if it was one
 * @param sheet of a workbook. Default: the first
 */
export function recipientsFile(path: string, option?: string, sheet?: string): Recipients {
  let notes: readonly string[] = [];
  let ofSheet: (() => Readable) | undefined;
  return {
    fromFile: true,
    async open() {
      if (ofSheet) return ofSheet();
      await refuseStream(path, option);
      const csv = await asCsv(await opened(path, option), sheet, { wording: TYPED });
      if (!csv.isMade) return csv.content;
      notes = csv.notes;
      ofSheet = await kept(csv.content);
      return ofSheet();
    },
    notes: () => notes,
  };
}

function opened(path: string, option: string | undefined): Promise<Readable> {
  return new Promise((resolve, reject) => {
    const stream = createReadStream(path);
    stream.once('error', (error) => reject(unreadable(path, option, error)));
    // A folder opens like a file and only fails when it is read.
    stream.once('readable', () => resolve(stream));
  });
}

/** A CSV of one row, with `customer_name` if there is a name. */
export function oneRecipient(number: string, name: string | undefined): Recipients {
  const rows =
    name === undefined
      ? [['contact_number'], [number]]
      : [
          ['contact_number', 'customer_name'],
          [number, name],
        ];
  const csv = stringify(rows);
  return { fromFile: false, open: async () => Readable.from([Buffer.from(csv)]), notes: () => [] };
}

/** SHA-256 of the file as it is, in hex: with the agent, the campaign's identity. */
export async function contentHash(recipients: Recipients): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await recipients.open()) hash.update(chunk);
  return hash.digest('hex');
}

/** Judges every row without keeping any. @throws ContactsError when the file cannot be used */
export async function survey(
  recipients: Recipients,
  suppressed?: NumberSet,
  reading?: ReadingOptions,
): Promise<ContactsSummary> {
  return validateContacts(await recipients.open(), { contacts: nowhere(), rejected: nowhere() }, suppressed, reading);
}

export interface Sample {
  columns: string[];
  first: ContactRow[];
  rejected: ContactRow[];
}

/** The first rows that would be called and the first that would not. @throws ContactsError */
export async function sample(
  recipients: Recipients,
  size: { first: number; rejected: number },
  suppressed?: NumberSet,
  reading?: ReadingOptions,
): Promise<Sample> {
  const { columns, rows } = await readContacts(await recipients.open(), suppressed, reading);
  const found: Sample = { columns, first: [], rejected: [] };
  for await (const row of rows) {
    if (row.verdict === 'valid' && found.first.length < size.first) found.first.push(row);
    if (row.verdict !== 'valid' && found.rejected.length < size.rejected) found.rejected.push(row);
  }
  return found;
}

/** Puts the file where the campaign finds it. @returns its address */
export async function store(
  storage: CampaignStorage,
  campaignId: string,
  recipients: Recipients,
  hash: string,
): Promise<string> {
  const path = inputPath(campaignId, hash);
  if (!(await isStored(storage, campaignId, hash))) await storage.write(path, unchanged(await recipients.open(), hash));
  return storage.uriOf(path);
}

/**
 * The content of a file as long as it is the one that the campaign was named after: the ID of one list must not call another.
 * @param hash SHA-256, in hex
 * @returns a stream that fails with a UserError at its end where the file has changed
 */
export function unchanged(content: Readable, hash: string): Readable {
  return Readable.from(checked(), { objectMode: false });

  async function* checked(): AsyncGenerator<Buffer> {
    const read = createHash('sha256');
    for await (const chunk of content) {
      read.update(chunk);
      yield chunk;
    }
    if (read.digest('hex') === hash) return;
    throw new UserError('The file has changed while it was read: type the command again. Nothing was started.');
  }
}

/** Whether a campaign was begun with this file. */
export async function isStored(storage: CampaignStorage, campaignId: string, hash: string): Promise<boolean> {
  return (await storage.size(inputPath(campaignId, hash))) !== undefined;
}

function inputPath(campaignId: string, hash: string): string {
  return campaignFiles(campaignId).input(hash);
}

/** The file is read several times, and again by the next run: what can be read once only would be lost. */
async function refuseStream(path: string, option: string | undefined): Promise<void> {
  const found = await stat(path).catch((error: Error) => {
    throw unreadable(path, option, error);
  });
  if (found.isFile() || found.isDirectory()) return;
  const wanted = option === undefined ? 'and give that' : `for ${option}`;
  throw new UserError(`${path} is no file but a stream, which can be read once only: save it to a file ${wanted}.`);
}

function unreadable(path: string, option: string | undefined, error: Error): UserError {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new UserError(
      `There is no file ${path}: check the name${option === undefined ? '' : ` given to ${option}`}.`,
    );
  }
  if (code === 'EISDIR') return new UserError(`${path} is a folder: give ${option ?? 'the name of'} a CSV file.`);
  if (code === 'EACCES') return new UserError(`${path} may not be read by you: change its permissions.`);
  return new UserError(`${path} cannot be read: ${error.message}.`);
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
