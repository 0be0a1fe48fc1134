import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { asCsv } from '../../contacts/as-csv';
import { readConfig } from '../../worker/config';
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
  const source = () =>
    'csv' in contacts ? Readable.from([Buffer.from(contacts.csv)]) : createReadStream(contacts.file);
  const open = async () => (await asCsv(source(), wishes.sheet)).content;
  const plan = {
    agentId,
    campaignId: undefined,
    at: startAt === undefined ? undefined : Date.parse(startAt),
    recipients: { fromFile: true, open, notes: () => [] },
    suppress: [],
    requireVariables,
    wishes,
  };
  return preflight(askOf(plan, { config: { ...config, bolna }, account, suppressed: undefined }));
}
