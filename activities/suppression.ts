import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { Readable } from 'node:stream';
import { marked } from '../contacts/byte-order-mark';
import { SuppressionError } from '../contacts/errors';
import type { EntryReading } from '../contacts/list-entry';
import { NUMBER_COLUMN } from '../contacts/number-column';
import { readNumberList } from '../contacts/number-list';
import { NumberSet } from '../contacts/number-set';
import {
  findSuppressed,
  missingList,
  type SearchOptions,
  type Suppressed,
  type SuppressionList,
} from '../contacts/suppression';
import { rejectedByRows } from '../contacts/validate';
import { isOfNoUse } from '../egress/errors';
import { campaignFiles } from '../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError } from '../storage/storage';
import { contactsHash } from './campaign-batches';
import { isWebAddress, type OpenWebFile, retold, webFileName } from './web-files';

/** Numbers of the list of a campaign that are written at once. */
const LINES_AT_ONCE = 10_000;

/**
 * The suppression lists that hold for a campaign.
 * @param ours those of the worker's own setting: absolute paths of files on its machine, or addresses in the storage
 * @param theirs those of the campaign's input: addresses in the storage or in the web, and nothing else of the machine
 * @param openWeb opens what is in the web; without it, nothing is
 */
export function suppressionLists(
  storage: CampaignStorage,
  ours: readonly string[],
  theirs: string | readonly string[] = [],
  openWeb?: OpenWebFile,
): SuppressionList[] {
  const asked = typeof theirs === 'string' ? [theirs] : theirs;
  const files = ours.filter((place) => isAbsolute(place));
  const addresses = [...ours.filter((place) => !isAbsolute(place)), ...asked];
  const openOfWeb = openWeb && retold(openWeb, refusedFromWeb);
  return [
    ...files.map((name) => ({ name, open: () => openFile(name) })),
    ...[...new Set(addresses)].map((address) =>
      openOfWeb && isWebAddress(address)
        ? { name: webFileName(address), open: () => openOfWeb(address) }
        : { name: address, open: () => openStored(storage, address) },
    ),
  ];
}

/** Opened before the stream is handed out: a missing file is an error here, not an event later. */
async function openFile(path: string): Promise<Readable> {
  return createReadStream(path, { fd: await open(path, 'r') });
}

async function openStored(storage: CampaignStorage, address: string): Promise<Readable> {
  return storage.read(storage.pathOf(address)).catch((error: unknown) => {
    throw error instanceof FileNotFoundError ? missingList(address, error) : error;
  });
}

function refusedFromWeb(error: unknown, address: string): unknown {
  if (!isOfNoUse(error)) return error;
  return new SuppressionError(`The suppression list ${webFileName(address)} cannot be used: ${error.message}`);
}

/** The numbers that a campaign's contacts of this name were made without; undefined where no row was left out. */
export async function suppressedOf(
  storage: CampaignStorage,
  campaignId: string,
  fileName: string,
): Promise<NumberSet | undefined> {
  const path = campaignFiles(campaignId).suppressed(contactsHash(campaignId, fileName));
  if ((await storage.size(path)) === undefined) return undefined;
  const numbers = new NumberSet();
  await readNumberList(await storage.read(path), asWritten, (number) => numbers.add(number));
  return numbers;
}

/** A number that {@link keepSuppressed} has written means itself alone. */
function asWritten(typed: string): EntryReading {
  return { numbers: [Number(typed)], isReadable: true };
}

/** Keeps the numbers that contacts are made without, for the runs to come. To be called before the contacts are given to anybody. */
export async function keepSuppressed(
  storage: CampaignStorage,
  campaignId: string,
  fileName: string,
  numbers: NumberSet,
): Promise<void> {
  if (numbers.size === 0) return;
  function* lines(): Generator<Buffer> {
    yield Buffer.from(`${NUMBER_COLUMN}\n`);
    const all = numbers.sorted();
    for (let at = 0; at < all.length; at += LINES_AT_ONCE) {
      const some = Array.from(all.subarray(at, at + LINES_AT_ONCE), (number) => `+${number}\n`);
      yield Buffer.from(some.join(''));
    }
  }
  const path = campaignFiles(campaignId).suppressed(contactsHash(campaignId, fileName));
  await storage.write(path, Readable.from(lines(), { objectMode: false }));
}

/**
 * People find the rejected rows under the one name, whichever attempt has made them.
 * @param areRows whether they came as JSON rows, and not in lines
 */
export async function showRejected(
  storage: CampaignStorage,
  campaignId: string,
  edition: string | undefined,
  areRows: boolean,
): Promise<void> {
  const files = campaignFiles(campaignId);
  if (edition === undefined) return;
  const rejected = await storage.read(files.edition(edition).rejected);
  await storage.write(files.rejected, Readable.from(marked(areRows ? rejectedByRows(rejected) : rejected)));
}

/**
 * The numbers that are left out of a campaign's contacts: those on the lists, or, in a campaign that has begun, those it began
 * without, whatever the lists say now. With others left out it would make another batch, in which people are called once more.
 * @param contacts opens the campaign's file
 * @param began what the campaign began without, if it has begun
 */
export async function leftOut(
  contacts: () => Promise<Readable>,
  lists: readonly SuppressionList[],
  began: NumberSet | undefined,
  options: SearchOptions = {},
): Promise<Suppressed> {
  if (lists.length === 0) return { numbers: began ?? new NumberSet(), unreadable: 0, notes: [] };
  if (!began) return findSuppressed(contacts, lists, options);
  try {
    const now = await findSuppressed(contacts, lists, options);
    const since = now.numbers.sorted().filter((number) => !began.has(number)).length;
    const notes = [...now.notes, ...(since > 0 ? [joinedSince(since)] : [])];
    return { numbers: began, unreadable: now.unreadable, notes };
  } catch (error) {
    if (!(error instanceof SuppressionError)) throw error;
    // Nothing that has begun may depend on a file that was taken away since.
    const note = `${error.message} The campaign has begun and goes on with the contacts it has.`;
    return { numbers: began, unreadable: 0, notes: [note] };
  }
}

function joinedSince(count: number): string {
  const numbers = count === 1 ? '1 number has' : `${count} numbers have`;
  return `${numbers} come onto a suppression list since the campaign began, and stand in its batch: stop the campaign if they must not be called.`;
}
