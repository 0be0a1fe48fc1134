import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { csvOfRows } from '../../contacts/csv-line';
import { Wording } from '../../contacts/wording';
import { campaignFiles } from '../../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError, ForeignUriError } from '../../storage/storage';
import type { CampaignInput } from '../../workflows/input';
import { type AskedOfContacts, type CheckedContacts, checkContacts, isOfExisting } from '../campaign/check-contacts';
import { checkLists } from '../campaign/check-lists';
import { checkStart } from '../campaign/check-start';
import type { StartOptions } from '../campaign/start';
import { CampaignConflictError, ContactsRefusedError } from '../errors';
import { type AgentSays, refuseMissingVariables } from './agent-check';
import type { GatewayOptions } from './options';
import { Problem } from './problems';
import { receive } from './received';
import { type newCampaign, wishesSchema } from './schemas';

/** A campaign as it is to be started, its people in the storage. */
export interface NewCampaign {
  input: CampaignInput;
  start: StartOptions;
  /** What its rows came to, where they could be read here. */
  checked?: CheckedContacts;
  /** What the caller should know of its agent. */
  agent?: AgentSays | undefined;
}

/** Where campaigns are, and where their files go. */
type Places = Pick<GatewayOptions, 'campaigns' | 'storage' | 'checkAgent' | 'webLists'>;

/** What is asked for beside the contacts. */
type Wishes = z.infer<typeof wishesSchema>;

/** @throws Problem, ContactsRefusedError, CampaignConflictError */
export async function fromJson(body: z.infer<typeof newCampaign>, places: Places, id: string): Promise<NewCampaign> {
  const { contacts, ...wishes } = body;
  if ('uri' in contacts) return fromAddress(places, id, contacts.uri, wishes);
  const csv = 'csv' in contacts ? contacts.csv : await csvFrom(contacts.rows, places, id);
  const wording = 'csv' in contacts ? OF_A_FILE : OF_ROWS;
  return stored(places, id, Readable.from([csv], { objectMode: false }), { ...wishes, wording });
}

const OF_A_FILE = new Wording(false, 'http');
const OF_ROWS = new Wording(true, 'http');

type Row = Readonly<Record<string, string>>;

/**
 * Rows as a CSV. The order of an object's keys means nothing, so the same rows make the same file in any order. Releases before 0.5
 * kept the order of the keys: a campaign that was started so keeps its file.
 */
async function csvFrom(rows: readonly Row[], { campaigns }: Places, id: string): Promise<string> {
  const columns = [...new Set(rows.flatMap(Object.keys))];
  const before = (await campaigns.standing(id))?.contactsHash;
  const asTyped = before === undefined ? undefined : csvOfRows(columns, rows);
  if (asTyped !== undefined && createHash('sha256').update(asTyped).digest('hex') === before) return asTyped;
  return csvOfRows(columns.sort(), rows);
}

/** A file in the campaign storage is checked here; one in the web only the worker may read, which compares no agent. */
async function fromAddress(
  { campaigns, storage, checkAgent, webLists }: Places,
  id: string,
  uri: string,
  { allowMissing, ...wishes }: Wishes,
): Promise<NewCampaign> {
  const input = { ...wishes, contacts: { uri } };
  const asked = { ...wishes, wording: OF_A_FILE };
  checkStart(id, input);
  if (/^https?:\/\//i.test(uri)) return { input, start: {} };
  const open = async () => storage.read(storage.pathOf(uri));
  try {
    const checked = await checkContacts(id, await open(), asked);
    const before = await campaigns.standing(id);
    const isNew = before === undefined;
    const suppressed = isOfExisting(before, undefined)
      ? undefined
      : await suppressedBy(id, open, asked, { storage, webLists });
    const agent = isNew
      ? await refuseMissingVariables(checkAgent, { wishes, open, suppressed, wording: OF_A_FILE }, allowMissing)
      : undefined;
    return { input, start: {}, checked, agent };
  } catch (error) {
    const refused = refusalOf(id, error);
    if (!refused) throw error;
    if (!isOfExisting(await campaigns.standing(id), undefined)) throw refused;
    return { input, start: {} };
  }
}

function suppressedBy(
  id: string,
  open: () => Promise<Readable>,
  wishes: Wishes & AskedOfContacts,
  { storage, webLists }: Pick<Places, 'storage' | 'webLists'>,
) {
  return checkLists(id, open, wishes, { storage, isAsWorkersHaveIt: true, web: webLists });
}

function refusalOf(id: string, error: unknown): ContactsRefusedError | undefined {
  if (error instanceof ContactsRefusedError) return error;
  if (!(error instanceof ForeignUriError || error instanceof FileNotFoundError)) return undefined;
  return new ContactsRefusedError(id, error.message, [{ reason: error.message }], { cause: error });
}

/**
 * Reads the parts of a form in their order; the file is never in memory as a whole.
 * @throws Problem, ContactsRefusedError, CampaignConflictError
 */
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
  return stored(places, id, file.file, { ...parsed.data, wording: OF_A_FILE }, () => {
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
  { campaigns, storage, checkAgent, webLists }: Places,
  id: string,
  csv: Readable,
  { allowMissing, wording, ...wishes }: Wishes & { wording: Wording },
  check?: () => void,
): Promise<NewCampaign> {
  // What is refused leaves nothing in the storage.
  checkStart(id, { ...wishes, contacts: { uri: 'contacts.csv' } });
  const folder = await mkdtemp(join(tmpdir(), 'bolna-campaigns-upload-'));
  try {
    const copy = join(folder, 'contacts.csv');
    const asked = { ...wishes, wording };
    const { hash: contactsHash, checked } = await receive(id, csv, copy, asked);
    check?.();
    // Refused already here, so that nobody's numbers lie about for nothing.
    const before = await campaigns.standing(id);
    if (checked instanceof ContactsRefusedError && !isOfExisting(before, contactsHash)) throw checked;
    if (before && before.standing !== 'ended-open' && (before.contactsHash ?? contactsHash) !== contactsHash) {
      throw new CampaignConflictError(id, ['contacts']);
    }
    const open = async () => createReadStream(copy);
    const isKnown = isOfExisting(before, contactsHash);
    const suppressed = isKnown ? undefined : await suppressedBy(id, open, asked, { storage, webLists });
    const agent = before
      ? undefined
      : await refuseMissingVariables(checkAgent, { wishes, open, suppressed, wording }, allowMissing);
    const path = await placeOf(storage, id, contactsHash, wording);
    if ((await storage.size(path)) === undefined) await storage.write(path, createReadStream(copy));
    return {
      input: { ...wishes, contacts: { uri: storage.uriOf(path) } },
      start: { contactsHash },
      ...(!(checked instanceof ContactsRefusedError) && { checked }),
      agent,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Where contacts stand, or are to stand. The same contents may have come in another form before, or to a release that did not tell them apart. */
async function placeOf(storage: CampaignStorage, id: string, hash: string, { areRows }: Wording): Promise<string> {
  const { rows, input } = campaignFiles(id);
  const [wanted, other] = areRows ? [rows(hash), input(hash)] : [input(hash), rows(hash)];
  return (await storage.size(other)) === undefined ? wanted : other;
}
