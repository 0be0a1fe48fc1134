import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { csvLine } from '../../contacts/csv-line';
import { campaignFiles } from '../../storage/campaign-files';
import type { CampaignStorage } from '../../storage/storage';
import type { CampaignInput } from '../../workflows/input';
import { checkStart } from '../campaign/check-start';
import type { StartOptions } from '../campaign/start';
import { CampaignConflictError } from '../errors';
import { refuseMissingVariables } from './agent-check';
import type { GatewayOptions } from './options';
import { Problem } from './problems';
import { type newCampaign, wishesSchema } from './schemas';

/** A campaign as it is to be started, its people in the storage. */
export interface NewCampaign {
  input: CampaignInput;
  start: StartOptions;
  /** What the caller should know. */
  notes?: string[];
}

/** Where campaigns are, and where their files go. */
type Places = Pick<GatewayOptions, 'campaigns' | 'storage' | 'checkAgent'>;

/** What is asked for beside the contacts. */
type Wishes = z.infer<typeof wishesSchema>;

/** @throws Problem */
export async function fromJson(body: z.infer<typeof newCampaign>, places: Places, id: string): Promise<NewCampaign> {
  const { contacts, ...wishes } = body;
  if ('uri' in contacts) return fromStorage(places, id, contacts.uri, wishes);
  const csv = 'csv' in contacts ? [contacts.csv] : linesOf(contacts.rows);
  return stored(places, id, Readable.from(csv, { objectMode: false }), wishes);
}

/** Contacts that are there already. Those in the web are read by the worker alone, which compares no agent. */
async function fromStorage(places: Places, id: string, uri: string, asked: Wishes): Promise<NewCampaign> {
  const { allowMissing, ...wishes } = asked;
  const input = { ...wishes, contacts: { uri } };
  const { storage, campaigns } = places;
  if (/^https?:/i.test(uri)) return { input, start: {} };
  checkStart(id, input);
  const path = pathIn(storage, uri);
  if (path === undefined || (await campaigns.standing(id)) || (await storage.size(path)) === undefined)
    return { input, start: {} };
  const open = () => storage.read(path);
  return { input, start: {}, notes: await refuseMissingVariables(places.checkAgent, { wishes, open }, allowMissing) };
}

/** Undefined for an address of another storage, which the campaign itself refuses. */
function pathIn(storage: CampaignStorage, uri: string): string | undefined {
  try {
    return storage.pathOf(uri);
  } catch {
    return undefined;
  }
}

/** A CSV of rows that may have different columns: a cell that is missing is empty, also in a column called as what every object has. */
function* linesOf(rows: readonly Record<string, string>[]): Generator<string> {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  yield csvLine(columns);
  for (const row of rows) yield csvLine(columns.map((column) => (Object.hasOwn(row, column) && row[column]) || ''));
}

/** Reads the parts of a form in their order; the file is never in memory as a whole. @throws Problem */
export async function fromUpload(request: FastifyRequest, places: Places, id: string): Promise<NewCampaign> {
  const file: MultipartFile | undefined = await request.file().catch((error: unknown) => {
    throw statusOf(error) === undefined ? form(`cannot be read (${(error as Error).message})`) : error;
  });
  if (file?.fieldname !== 'contacts') throw form('has no file "contacts"');
  const field = file.fields.campaign;
  if (field === undefined || Array.isArray(field) || field.type !== 'field') {
    throw form('has no part "campaign" before its file');
  }
  const wishes = json(field.value);
  if (wishes === undefined) throw form('has a part "campaign" that is no JSON');
  const parsed = wishesSchema.safeParse(wishes);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = [issue?.path.join('.'), issue?.message].filter(Boolean).join(': ');
    throw form(`has a part "campaign" that cannot be used: ${where}`);
  }
  return stored(places, id, file.file, parsed.data, () => {
    if (!file.file.truncated) return;
    throw new Problem(
      413,
      'too-large',
      'The request is too large',
      'The file of contacts is larger than is taken here.',
    );
  });
}

/** Of what the framework refuses by itself. */
function statusOf(error: unknown): unknown {
  return (error as { statusCode?: unknown } | null)?.statusCode;
}

/** A part that says of itself that it is JSON is read already. */
function json(text: unknown): unknown {
  if (typeof text !== 'string') return text;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function form(what: string): Problem {
  return new Problem(
    400,
    'invalid-request',
    'The request cannot be understood',
    `The form ${what.replace(/\.+$/, '')}.`,
  );
}

/**
 * Puts the people into the storage, under a name that follows from what is in the file: a request that is sent again leaves no
 * second copy, and another file under the same campaign ID replaces nothing. For that name the file has to be read first, and
 * waits on this machine's disk meanwhile.
 *
 * @param check tells of a file that is whole whether it may be used, by throwing
 */
async function stored(
  { campaigns, storage, checkAgent }: Places,
  id: string,
  csv: Readable,
  { allowMissing, ...wishes }: Wishes,
  check?: () => void,
): Promise<NewCampaign> {
  // What is refused leaves nothing in the storage.
  checkStart(id, { ...wishes, contacts: { uri: 'contacts.csv' } });
  const folder = await mkdtemp(join(tmpdir(), 'bolna-campaigns-upload-'));
  try {
    const hash = createHash('sha256');
    const hashed = new Transform({
      transform(chunk, _, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const copy = join(folder, 'contacts.csv');
    await pipeline(csv, hashed, createWriteStream(copy));
    check?.();
    const contactsHash = hash.digest('hex');
    // Refused already here, so that nobody's numbers lie about for nothing.
    const before = await campaigns.standing(id);
    if (before && before.standing !== 'ended-open' && (before.contactsHash ?? contactsHash) !== contactsHash) {
      throw new CampaignConflictError(id, ['contacts']);
    }
    const open = async () => createReadStream(copy);
    const notes = before ? [] : await refuseMissingVariables(checkAgent, { wishes, open }, allowMissing);
    const path = campaignFiles(id).input(contactsHash);
    if ((await storage.size(path)) === undefined) await storage.write(path, createReadStream(copy));
    return { input: { ...wishes, contacts: { uri: storage.uriOf(path) } }, start: { contactsHash }, notes };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
