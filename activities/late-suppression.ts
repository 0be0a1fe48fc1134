import { Readable } from 'node:stream';
import { z } from 'zod';
import { csvLine } from '../contacts/csv-line';
import { numbersMeant } from '../contacts/list-entry';
import { callingCodeIn, callingCodeOf } from '../contacts/number-rules';
import { NumberSet } from '../contacts/number-set';
import { readTable } from '../contacts/table';
import { campaignFiles } from '../storage/campaign-files';
import { claimChange, readChanges } from '../storage/changes';
import { type CampaignStorage, readText } from '../storage/storage';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { finalFailure } from './failures';
import { openContacts } from './split';
import { suppressedOf } from './suppression';
import type { CreateBatch, Part, RecordedSuppression, RecordSuppression } from './types';

/** Each of them is looked at by itself, and answered by itself. */
export const MOST_NUMBERS = 1000;

const listSchema = z.object({ numbers: z.array(z.string()).min(1).max(MOST_NUMBERS) });

/** A contact that an order concerns: the digits of its number, and which of several batches it is in. */
const contactSchema = z.object({ number: z.number(), part: z.number().optional() });

const orderSchema = z.object({
  list: z.string(),
  country: z.string().optional(),
  /** Name of the contacts it was compared with. */
  fileName: z.string(),
  numbers: z.array(
    z.object({
      is: z.enum(['contact', 'absent', 'suppressed', 'unreadable']),
      contacts: z.array(contactSchema),
    }),
  ),
});

/** What one suppression order means for the contacts of its campaign. */
export type SuppressionOrder = z.infer<typeof orderSchema>;
export type SuppressedContact = z.infer<typeof contactSchema>;

/** The orders of a campaign that was asked to suppress contacts while it ran, from the first to the latest. */
export async function readOrders(storage: CampaignStorage, campaignId: string): Promise<SuppressionOrder[]> {
  const texts = await readChanges(storage, campaignFiles(campaignId).suppressedLater);
  return texts.map((text) => orderSchema.parse(JSON.parse(text)));
}

/** One of them. @param order from 1 */
export async function readOrder(
  storage: CampaignStorage,
  campaignId: string,
  order: number,
): Promise<SuppressionOrder> {
  return orderSchema.parse(JSON.parse(await readText(storage, campaignFiles(campaignId).suppressedLater(order))));
}

/** The numbers of all of them. */
export function numbersOf(orders: readonly SuppressionOrder[]): NumberSet {
  return new NumberSet(
    orders.flatMap(({ numbers }) => numbers.flatMap(({ contacts }) => contacts)).map(({ number }) => number),
  );
}

/**
 * Finds the contacts that an order concerns, and writes them down: from then on no batch is made, and none is scheduled for the
 * first time, that has them. Run again it finds what it has written.
 */
export function recordSuppression({ storage }: ActivityContext, ask: RecordSuppression): Promise<RecordedSuppression> {
  return durably({ keyMayBeMended: false }, async () => {
    const { campaignId, list, country, contacts } = ask;
    const { fileName } = contacts;
    let found: SuppressionOrder | undefined;
    for (;;) {
      const orders = await readOrders(storage, campaignId);
      const same = orders.findIndex(
        (order) => order.list === list && order.country === country && order.fileName === fileName,
      );
      found = orders[same] ?? found ?? (await compared(storage, ask));
      const numbers = found.numbers.map(({ is }) => is);
      if (same >= 0 || !numbers.includes('contact')) return { order: same + 1, numbers };
      const change = orders.length;
      const fileOf = campaignFiles(campaignId).suppressedLater;
      if (await claimChange(storage, fileOf, { change }, JSON.stringify(found))) return { order: change + 1, numbers };
    }
  });
}

async function compared(
  storage: CampaignStorage,
  { campaignId, list, country, contacts }: RecordSuppression,
): Promise<SuppressionOrder> {
  const typed = await readList(storage, list);
  const callingCodes = new Set(country === undefined ? [] : [callingCodeIn(country)]);
  for await (const { number } of contactsOf(storage, campaignId, contacts))
    callingCodes.add(callingCodeOf(String(number)));
  const codes = [...callingCodes].filter((code) => code !== undefined);
  const meant = typed.map((text) => numbersMeant(text, codes));
  const wanted = new NumberSet(meant.flatMap(({ numbers }) => numbers));
  const there = new Map<number, SuppressedContact>();
  for await (const contact of contactsOf(storage, campaignId, contacts)) {
    if (wanted.has(contact.number)) there.set(contact.number, contact);
  }
  const before = (await suppressedOf(storage, campaignId, contacts.fileName)) ?? new NumberSet();
  return {
    list,
    ...(country !== undefined && { country }),
    fileName: contacts.fileName,
    numbers: meant.map(({ numbers, isReadable }) => {
      const found = numbers.flatMap((number) => there.get(number) ?? []);
      if (found.length > 0) return { is: 'contact', contacts: found };
      if (numbers.some((number) => before.has(number))) return { is: 'suppressed', contacts: [] };
      return { is: isReadable ? 'absent' : 'unreadable', contacts: [] };
    }),
  };
}

async function readList(storage: CampaignStorage, list: string): Promise<string[]> {
  const path = storage.pathOf(list);
  if ((await storage.size(path)) === undefined)
    throw finalFailure(`There is no list of numbers at ${list}.`, 'InvalidInput');
  const parsed = listSchema.safeParse(parsedJson(await readText(storage, path)));
  if (parsed.success) return parsed.data.numbers;
  const message = `The list of numbers at ${list} is not JSON such as {"numbers": ["+919876543210"]} with 1 to ${MOST_NUMBERS} numbers.`;
  throw finalFailure(message, 'InvalidInput');
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function* contactsOf(
  storage: CampaignStorage,
  campaignId: string,
  { edition, split }: RecordSuppression['contacts'],
): AsyncGenerator<SuppressedContact> {
  const { blocks } = await readTable(await storage.read(campaignFiles(campaignId).edition(edition).contacts));
  let at = 0;
  for await (const block of blocks) {
    for (const { cells } of block) {
      const part = split && Math.min(Math.floor(at / split.rowsPerBatch) + 1, split.batches);
      at += 1;
      yield { number: Number(cells[0]), ...(part !== undefined && { part }) };
    }
  }
}

/**
 * The contacts of one batch as Bolna gets them, without those that were suppressed since the campaign began; undefined where nobody is
 * left. One batch is small enough to be held.
 */
export async function contactsLeft(
  storage: CampaignStorage,
  ask: Pick<CreateBatch, 'campaignId' | 'fileName' | 'edition'> & Part,
  suppressed: Pick<NumberSet, 'has'>,
): Promise<{ csv: Readable; bytes: number } | undefined> {
  const { header, blocks } = await readTable((await openContacts(storage, ask)).csv);
  const lines = [csvLine(header.cells)];
  for await (const block of blocks) {
    for (const { cells } of block) if (!suppressed.has(Number(cells[0]))) lines.push(csvLine(cells));
  }
  if (lines.length === 1) return undefined;
  const csv = Buffer.from(lines.join(''));
  return { csv: Readable.from([csv]), bytes: csv.length };
}
