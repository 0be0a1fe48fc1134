import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { z } from 'zod';
import { csvLine } from '../contacts/csv-line';
import { numbersMeant } from '../contacts/list-entry';
import { callingCodeIn, callingCodeOf, countryFault } from '../contacts/number-rules';
import { NumberSet } from '../contacts/number-set';
import { readTable } from '../contacts/table';
import { campaignFiles } from '../storage/campaign-files';
import { claimChange, readChanges } from '../storage/changes';
import { type CampaignStorage, readText } from '../storage/storage';
import type { ActivityContext } from './context';
import { durably } from './durably';
import { finalFailure } from './failures';
import type { ScheduleRecord } from './schedule-record';
import { openContacts } from './split';
import { suppressedOf } from './suppression';
import type { CreateBatch, Part, RecordedSuppression, RecordSuppression } from './types';

/** Each of them is looked at by itself, and answered by itself. */
export const MOST_NUMBERS = 1000;
/** In all orders of a campaign together, which are read as a whole for each batch that is made. */
export const MOST_NUMBERS_IN_ALL = 10_000;
/** Requests of a campaign, each of which is an order and stands in its history. */
export const MOST_ORDERS = 500;
/** Far more than as many numbers can be. */
const MOST_LIST_BYTES = 1024 * 1024;

const listSchema = z.object({ numbers: z.array(z.string()).min(1).max(MOST_NUMBERS) });

/** A contact that an order concerns: the digits of its number, and which of several batches it is in. */
const contactSchema = z.object({ number: z.number(), part: z.number().optional() });

const orderSchema = z.object({
  list: z.string(),
  /** SHA-256 of the list's text, since an address may be used again; absent in orders of earlier versions. */
  listHash: z.string().optional(),
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

/** A contact that must not be called any more, and the first order that said so. */
export interface OrderedContact extends SuppressedContact {
  order: number;
}

/** The orders of a campaign that was asked to suppress contacts while it ran, from the first to the latest. */
export async function readOrders(storage: CampaignStorage, campaignId: string): Promise<SuppressionOrder[]> {
  const texts = await readChanges(storage, campaignFiles(campaignId).suppressedLater);
  return texts.map((text) => orderSchema.parse(JSON.parse(text)));
}

/**
 * The latest order that concerns the rows of a batch; 0 for none. Of one that was given for other contacts, or for the same ones where they
 * were one batch and are several now or the other way round, it is not known which rows it concerns.
 */
export function latestOrderOf(orders: readonly SuppressionOrder[], rows: Rows): number {
  return orders.findLastIndex((order) => concerns(order, rows)) + 1;
}

/**
 * The latest order for which, as for all before it, a batch need not be made anew: it was made without their contacts, or its calls to
 * them are over.
 * @param record of the batch
 */
export function mindedUpTo(
  orders: readonly SuppressionOrder[],
  rows: Rows,
  { leftOut = 0, stopped = [] }: Pick<ScheduleRecord, 'leftOut' | 'stopped'>,
): number {
  const isOpen = (order: SuppressionOrder, at: number) =>
    at + 1 > leftOut && !stopped.includes(at + 1) && concerns(order, rows);
  const open = orders.findIndex(isOpen);
  return open < 0 ? orders.length : open;
}

type Rows = Pick<CreateBatch, 'fileName' | 'part'>;

function concerns(order: SuppressionOrder, { fileName, part }: Rows): boolean {
  if (order.fileName !== fileName) return true;
  return contactsIn(order).some((contact) => contact.part === part || isOtherwiseSplit(contact, { part }));
}

/** Whether one was taken from contacts in one batch, and the other from the same ones in several. */
function isOtherwiseSplit(a: Part, b: Part): boolean {
  return (a.part === undefined) !== (b.part === undefined);
}

/**
 * Which of a campaign's batches may have a contact: its own, and those of runs that had the contacts in one batch, or in several.
 * @param parts of all of them: see `partsOf`
 */
export function batchesWith({ part }: SuppressedContact, parts: readonly number[]): (number | undefined)[] {
  return part === undefined ? [undefined, ...parts] : [part, undefined];
}

/**
 * The contacts of orders from one on up to another, each once. The first order that names a number may be of other contacts: every
 * batch that was made since is without it.
 * @param from from 1
 */
export function contactsOfOrders(
  orders: readonly SuppressionOrder[],
  { fileName, from, to }: { fileName: string; from: number; to: number },
): OrderedContact[] {
  const first = firstOrders(orders);
  const found = new Map<number, OrderedContact>();
  for (const order of orders.slice(from - 1, to)) {
    if (order.fileName !== fileName) continue;
    for (const contact of contactsIn(order)) {
      const { number } = contact;
      if (!found.has(number)) found.set(number, { ...contact, order: first.get(number) ?? to });
    }
  }
  return [...found.values()];
}

/** By number: the first order that names it, from 1 on. */
function firstOrders(orders: readonly SuppressionOrder[]): Map<number, number> {
  const first = new Map<number, number>();
  for (const [at, order] of orders.entries())
    for (const { number } of contactsIn(order)) if (!first.has(number)) first.set(number, at + 1);
  return first;
}

function contactsIn({ numbers }: SuppressionOrder): SuppressedContact[] {
  return numbers.flatMap(({ contacts }) => contacts);
}

/** The numbers of all of them. */
export function numbersOf(orders: readonly SuppressionOrder[]): NumberSet {
  return new NumberSet(orders.flatMap(contactsIn).map(({ number }) => number));
}

/**
 * Finds the contacts that an order concerns, and writes them down: from then on no batch is made, and none is scheduled for the
 * first time, that has them. Run again it finds what it has written.
 */
export function recordSuppression({ storage }: ActivityContext, ask: RecordSuppression): Promise<RecordedSuppression> {
  return durably({ keyMayBeMended: false }, async () => {
    const { campaignId, list, country, contacts } = ask;
    const { fileName } = contacts;
    const fault = country === undefined ? undefined : countryFault(country);
    if (fault !== undefined) throw finalFailure(fault, 'InvalidInput');
    const { numbers: typed, listHash } = await readList(storage, list);
    let found: SuppressionOrder | undefined;
    for (;;) {
      const orders = await readOrders(storage, campaignId);
      const isSame = (order: SuppressionOrder) =>
        order.list === list && order.listHash === listHash && order.country === country && order.fileName === fileName;
      const same = orders.findIndex(isSame);
      found = orders[same] ?? found ?? { list, listHash, ...(await compared(storage, ask, typed)) };
      const numbers = found.numbers.map(({ is }) => is);
      if (same >= 0 || !numbers.includes('contact')) return { order: same + 1, numbers };
      refuseTooMany(campaignId, orders, numbers.length);
      const change = orders.length;
      const fileOf = campaignFiles(campaignId).suppressedLater;
      if (await claimChange(storage, fileOf, { change }, JSON.stringify(found))) return { order: change + 1, numbers };
    }
  });
}

/** @throws ApplicationFailure `InvalidInput` */
function refuseTooMany(campaignId: string, orders: readonly SuppressionOrder[], more: number): void {
  const before = orders.reduce((sum, { numbers }) => sum + numbers.length, 0);
  if (orders.length < MOST_ORDERS && before + more <= MOST_NUMBERS_IN_ALL) return;
  const message = `Campaign ${campaignId} has ${orders.length} suppression orders with ${before} numbers, and takes ${MOST_ORDERS} orders with ${MOST_NUMBERS_IN_ALL} numbers. Nothing was changed. Stop the campaign, and start a new one with a suppression list.`;
  throw finalFailure(message, 'InvalidInput');
}

async function compared(
  storage: CampaignStorage,
  { campaignId, country, contacts }: RecordSuppression,
  typed: readonly string[],
): Promise<Omit<SuppressionOrder, 'list'>> {
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

async function readList(storage: CampaignStorage, list: string): Promise<{ numbers: string[]; listHash: string }> {
  const path = storage.pathOf(list);
  const bytes = await storage.size(path);
  if (bytes === undefined) throw finalFailure(`There is no list of numbers at ${list}.`, 'InvalidInput');
  const text = bytes > MOST_LIST_BYTES ? '' : await readText(storage, path);
  const parsed = listSchema.safeParse(parsedJson(text));
  if (parsed.success) return { ...parsed.data, listHash: createHash('sha256').update(text).digest('hex') };
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
  ask: BatchContacts,
  suppressed: Pick<NumberSet, 'has'>,
): Promise<{ csv: Readable; bytes: number; rows: number } | undefined> {
  const { header, blocks } = await readTable((await openContacts(storage, ask)).csv);
  const lines = [csvLine(header.cells)];
  for await (const block of blocks) {
    for (const { cells } of block) if (!suppressed.has(Number(cells[0]))) lines.push(csvLine(cells));
  }
  if (lines.length === 1) return undefined;
  const csv = Buffer.from(lines.join(''));
  return { csv: Readable.from([csv]), bytes: csv.length, rows: lines.length - 1 };
}

type BatchContacts = Pick<CreateBatch, 'campaignId' | 'fileName' | 'edition'> & Part;

/**
 * How many rows were uploaded for a batch that was made without suppressed contacts. Counted from the files in the storage, since the worker
 * that asks may not be the one that made the batch.
 * @param leftOut the latest suppression order that the batch was made without
 */
export async function rowsLeft(storage: CampaignStorage, ask: BatchContacts, leftOut: number): Promise<number> {
  const orders = await readOrders(storage, ask.campaignId);
  return (await contactsLeft(storage, ask, numbersOf(orders.slice(0, leftOut))))?.rows ?? 0;
}
