import { createHash, randomUUID } from 'node:crypto';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asCsv, type Csv } from '../contacts/as-csv';
import type { NumberSet } from '../contacts/number-set';
import { type ReadingOptions, refuseResultsFile } from '../contacts/read';
import { RowOffsets } from '../contacts/row-offsets';
import { type ContactsSummary, NoValidRowError, validateContacts as splitContacts } from '../contacts/validate';
import { Wording } from '../contacts/wording';
import { campaignFiles, isOfRows } from '../storage/campaign-files';
import type { Split } from '../storage/splits';
import type { CampaignStorage } from '../storage/storage';
import { begunWith, takenOtherwise } from './begun';
import { refuseCallback } from './callbacks';
import { contactsFileName } from './campaign-batches';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { finalFailure } from './failures';
import { readOrders } from './late-suppression';
import { holdSplit, standingSplit } from './split';
import { stored } from './stored';
import { keepSuppressed, leftOut, suppressionLists } from './suppression';
import type { Contacts, ValidateContacts } from './types';
import { isWebAddress, type OpenWebFile, webFiles } from './web-files';

/** Attempts of one campaign are few. */
const EDITION_LENGTH = 8;

/**
 * Divides the caller's file into what Bolna gets and what is rejected, names the batch after its content, and splits a large
 * one into several.
 * @throws ApplicationFailure `InvalidContacts`; its detail are the `Contacts` where they were read and nobody can be called
 */
export function validateContacts(context: ActivityContext, ask: ValidateContacts): Promise<Contacts> {
  const { storage, leadMs, rules } = context;
  const { campaignId } = ask;
  return durably({ keyMayBeMended: false }, async ({ signal }) => {
    refuseUnknownAccount(context.accounts, ask.account);
    await refuseCallback(context, ask.callbackUrl);
    const edition = randomUUID().slice(0, EDITION_LENGTH);
    const openWeb = webFiles(context.outside, signal);
    const source = await sourceOf(storage, ask, edition, openWeb);
    if ((await storage.size(source)) === undefined) {
      throw finalFailure(`There is no contacts file at ${storage.uriOf(source)}.`, 'InvalidContacts');
    }
    const wording = new Wording(isOfRows(campaignId, source));
    const { numberColumn, country, requireVariables: required } = ask;
    const reading = { numberColumn, country, required, wording };
    const open = async () => asCsv(await storage.read(source), ask.sheet, { wording });
    // What an earlier run has scheduled was made of these files: they are not overwritten by those of other contacts.
    const begun = await begunWith(storage, ask);
    const content = async () => (await open()).content;
    const nameNow = async () => {
      const sinks = { contacts: nowhere(), rejected: nowhere() };
      const { hash } = await splitContacts(await content(), sinks, begun?.without, reading);
      return contactsFileName(campaignId, hash);
    };
    const taken = begun && (await takenOtherwise(storage, ask, begun, nameNow, content));
    if (!begun) await refuseResultsFile(await content(), wording);
    const { input, notes: ofWorkbook } = await ownCopy(storage, campaignId, source, edition, open);
    const lists = suppressionLists(storage, context.suppress ?? [], ask.suppress, openWeb);
    const { numbers, unreadable, notes } = await leftOut(() => storage.read(input), lists, begun?.without, {
      ...reading,
      ignoreUnreadable: ask.ignoreUnreadableSuppressions,
    });
    const rowsPerBatch = begun?.inOneBatch ? undefined : ask.maxRowsPerBatch;
    const contactsOf = async ({ hash, suppressed, numberColumn, ...counts }: ContactsSummary): Promise<Contacts> => {
      const { total, valid, rejected, duplicates, flagged } = counts;
      const told = [...ofWorkbook, ...counts.notes, ...notes];
      return {
        input,
        fileName: contactsFileName(campaignId, hash),
        ...{ total, valid, rejected, duplicates, flagged },
        begun: begun !== undefined,
        ...((lists.length > 0 || numbers.size > 0) && { suppressed }),
        ...(ask.requireVariables && { required: true }),
        ...(unreadable > 0 && { unreadableSuppressions: unreadable }),
        edition,
        starts: { leadMs, roundUpToMs: rules.roundUpToMs },
        ...(ask.searchable && (await context.searchable?.()) && { searchable: true }),
        ...(numberColumn !== undefined && { numberColumn }),
        ...(told.length > 0 && { notes: told }),
      };
    };
    // They outlive the run that they were given to.
    const orders = async () => {
      const { length } = await readOrders(storage, campaignId);
      return length > 0 ? { orders: length } : {};
    };
    // What was made of the file then is there already.
    if (begun && taken) {
      const split = begun.inOneBatch ? undefined : await standingSplit(storage, campaignId, begun.fileName);
      const contacts = await contactsOf(taken.summary);
      return { ...contacts, edition: taken.edition, ...(split && { split }), ...(await orders()) };
    }
    const divided = divide(storage, campaignId, input, rowsPerBatch, { numbers, edition, reading });
    const { summary, offsets, bytes } = await divided.catch(async (error: unknown) => {
      // What an earlier run has called of these rows, its own results say.
      if (!(error instanceof NoValidRowError) || begun) throw error;
      throw finalFailure(error.message, 'InvalidContacts', await contactsOf(error.summary));
    });
    const contacts = await contactsOf(summary);
    const { fileName, valid } = contacts;
    await keepSuppressed(storage, campaignId, fileName, numbers);
    const ours: Split = { fileName, rowsPerBatch: rowsPerBatch ?? valid, offsets, bytes };
    const split = rowsPerBatch === undefined ? undefined : await holdSplit(storage, campaignId, ours);
    return { ...contacts, ...(split && { split }), ...(await orders()) };
  });
}

/** Steps for an account that no worker listens for would wait for ever, and nobody be told why. */
function refuseUnknownAccount(known: readonly string[], account: string | undefined): void {
  if (account === undefined || known.includes(account)) return;
  const message = `The workers have no key for account "${account}", only for ${known.join(', ')}: mend the input's account, or add it to BOLNA_ACCOUNTS.`;
  throw finalFailure(message, 'InvalidInput');
}

/** Where the caller's file stands in the storage; one of the web and an inline CSV are put there. */
async function sourceOf(
  storage: CampaignStorage,
  { campaignId, contacts }: ValidateContacts,
  edition: string,
  openWeb: OpenWebFile,
): Promise<string> {
  if ('csv' in contacts) return keep(storage, campaignId, contacts.csv);
  if (!isWebAddress(contacts.uri)) return storage.pathOf(contacts.uri);
  const path = campaignFiles(campaignId).edition(edition).input;
  const content = await openWeb(contacts.uri);
  const file = new PassThrough();
  await stored(pipeline(content, file), { sink: file, written: storage.write(path, file) });
  return path;
}

/**
 * The results are written from the input again, days later: by then the caller may have changed or cleared away its file, and a later
 * release may show the cells of a workbook otherwise.
 */
async function ownCopy(
  storage: CampaignStorage,
  campaignId: string,
  source: string,
  edition: string,
  open: () => Promise<Csv>,
): Promise<{ input: string; notes: string[] }> {
  const { content, isMade, notes } = await open();
  if (source.startsWith(`${campaignId}/`) && !isMade) {
    content.destroy();
    return { input: source, notes };
  }
  const copy = campaignFiles(campaignId).edition(edition).input;
  await storage.write(copy, content);
  return { input: copy, notes };
}

async function divide(
  storage: CampaignStorage,
  campaignId: string,
  input: string,
  rowsPerBatch: number | undefined,
  { numbers, edition, reading }: { numbers: NumberSet; edition: string; reading: ReadingOptions },
): Promise<{ summary: ContactsSummary; offsets: number[]; bytes: number }> {
  const files = campaignFiles(campaignId).edition(edition);
  const contacts = new RowOffsets(rowsPerBatch ?? Number.MAX_SAFE_INTEGER);
  const rejected = new PassThrough();
  const summary = await stored(
    splitContacts(await storage.read(input), { contacts, rejected }, numbers, reading),
    { sink: contacts, written: storage.write(files.contacts, contacts) },
    { sink: rejected, written: storage.write(files.rejected, rejected) },
  );
  return { summary, offsets: contacts.offsets, bytes: contacts.bytes };
}

/** Puts an inline CSV into the storage, under its content's name: a second run with the same text changes nothing. */
async function keep(storage: CampaignStorage, campaignId: string, csv: string): Promise<string> {
  const path = campaignFiles(campaignId).input(createHash('sha256').update(csv).digest('hex'));
  if ((await storage.size(path)) === undefined) await storage.write(path, csv);
  return path;
}

function nowhere(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
