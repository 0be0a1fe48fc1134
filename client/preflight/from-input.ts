import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { asCsv } from '../../contacts/as-csv';
import { csvOfRows } from '../../contacts/csv-line';
import { ContactsError } from '../../contacts/errors';
import { Wording } from '../../contacts/wording';
import { openStorage } from '../../storage/open-storage';
import { type Config, readConfig } from '../../worker/config';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { askOf } from './campaign';
import { preflight } from './preflight';
import type { Preflight, PreflightInput, PreflightOptions } from './types';

/** The preflight of what the library is given. @throws as preflight of the library */
export async function preflightOf(input: PreflightInput, { apiKey, baseUrl }: PreflightOptions): Promise<Preflight> {
  const { contacts, agentId, startAt, requireVariables = false, account: name = DEFAULT_ACCOUNT, ...wishes } = input;
  const config = readConfig(process.env);
  const known = config.bolna.accounts.find((account) => account.name === name);
  const account = apiKey === undefined ? known : { name, keyName: 'apiKey', key: async () => apiKey };
  const bolna = { ...config.bolna, ...(baseUrl !== undefined && { baseUrl }) };
  const wording = new Wording('rows' in contacts, 'library');
  const open = async () => (await asCsv(await sourceOf(contacts, config), wishes.sheet, { wording })).content;
  const plan = {
    agentId,
    campaignId: undefined,
    at: startAt === undefined ? undefined : Date.parse(startAt),
    recipients: { fromFile: true, open, notes: () => [] },
    suppress: [],
    requireVariables,
    wishes,
  };
  return preflight(askOf(plan, { config: { ...config, bolna }, account, suppressed: undefined, wording }));
}

/** @throws ContactsError for contacts in no form that is read here, ForeignUriError, FileNotFoundError */
async function sourceOf(contacts: PreflightInput['contacts'], { data }: Config): Promise<Readable> {
  if ('csv' in contacts) return Readable.from([Buffer.from(contacts.csv)]);
  if ('file' in contacts) return createReadStream(contacts.file);
  if ('rows' in contacts) {
    const columns = [...new Set(contacts.rows.flatMap(Object.keys))];
    return Readable.from([Buffer.from(csvOfRows(columns, contacts.rows))]);
  }
  if ('uri' in contacts && !/^https?:/i.test(contacts.uri)) {
    const storage = await openStorage(data);
    return storage.read(storage.pathOf(contacts.uri));
  }
  throw new ContactsError(
    'not-a-csv',
    'preflight reads contacts given as {"csv"}, {"rows"}, {"file"}, or the {"uri"} of a file in the campaign storage. Those at a web address are read by the worker alone.',
  );
}
