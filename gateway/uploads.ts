import { createHash, randomUUID } from 'node:crypto';
import { Readable, Transform } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { StartOptions } from '../client/campaign/start';
import { csvLine } from '../contacts/csv-line';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import type { CampaignInput } from '../workflows/input';
import { Problem } from './problems';
import { type newCampaign, wishesSchema } from './schemas';

/** A campaign as it is to be started, its people in the storage. */
export interface NewCampaign {
  input: CampaignInput;
  start: StartOptions;
  /** Takes away what was stored for it, where it is not started. */
  discard(): Promise<void>;
}

/** @throws Problem */
export async function fromJson(body: z.infer<typeof newCampaign>, storage: CampaignStorage, id: string): Promise<NewCampaign> {
  const { contacts, ...wishes } = body;
  if ('uri' in contacts) return { input: { ...wishes, contacts }, start: {}, discard: async () => undefined };
  const csv = 'csv' in contacts ? Readable.from([contacts.csv], { objectMode: false }) : Readable.from(linesOf(contacts.rows), { objectMode: false });
  return stored(storage, id, csv, wishes);
}

/** A CSV of rows that may have different columns: a cell that is missing is empty. */
function* linesOf(rows: readonly Record<string, string>[]): Generator<string> {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  yield csvLine(columns);
  for (const row of rows) yield csvLine(columns.map((column) => row[column] ?? ''));
}

/** Reads the parts of a form in their order; the file goes to the storage as it comes. @throws Problem */
export async function fromUpload(request: FastifyRequest, storage: CampaignStorage, id: string): Promise<NewCampaign> {
  const file: MultipartFile | undefined = await request.file();
  if (file?.fieldname !== 'contacts') throw form('has no file "contacts"');
  const field = file.fields.campaign;
  if (field === undefined || Array.isArray(field) || field.type !== 'field') {
    throw form('has no part "campaign" before its file');
  }
  const parsed = wishesSchema.safeParse(json(String(field.value)));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw form(`has a part "campaign" that cannot be used: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(': ')}`);
  }
  const made = await stored(storage, id, file.file, parsed.data);
  if (!file.file.truncated) return made;
  await made.discard();
  throw new Problem(413, 'too-large', 'The request is too large', 'The file of contacts is larger than is taken here.');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function form(what: string): Problem {
  return new Problem(400, 'invalid-request', 'The request cannot be understood', `The form ${what}.`);
}

async function stored(storage: CampaignStorage, id: string, csv: Readable, wishes: Omit<CampaignInput, 'contacts'>): Promise<NewCampaign> {
  const hash = createHash('sha256');
  const hashed = new Transform({
    transform(chunk, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  csv.once('error', (error) => hashed.destroy(error));
  // Of its own name: what a campaign was started with is never replaced, and the contents are compared by their hash.
  const path = campaignFiles(id).input(randomUUID().slice(0, 18));
  await storage.write(path, csv.pipe(hashed));
  return {
    input: { ...wishes, contacts: { uri: storage.uriOf(path) } },
    start: { contactsHash: hash.digest('hex') },
    discard: () => storage.delete(path),
  };
}
