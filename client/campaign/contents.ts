import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type CampaignInput, checkInput } from '../../workflows/input';

/** What a campaign was, or is to be, started with. */
export interface Contents {
  input: unknown;
  /** SHA-256 of the contacts file, in hex, where it is known. */
  contactsHash: string | undefined;
}

/** SHA-256 of contacts that travel in the input, in hex; of a file elsewhere only its caller can know it. */
export function hashOfInline({ contacts }: CampaignInput): string | undefined {
  return 'csv' in contacts ? createHash('sha256').update(contacts.csv).digest('hex') : undefined;
}

/**
 * The fields in which two contents differ, in the order of the input's own. Compared is what is meant, not how it is written:
 * times by their instant, durations by their length, an absent field by its default.
 */
export function whatDiffers(campaignId: string, before: Contents, now: Contents): string[] {
  const [old, wanted] = inTheSameTerms(campaignId, before.input, now.input);
  const fields = [...new Set([...Object.keys(old), ...Object.keys(wanted)])];
  const differs = fields.filter((field) => !isDeepStrictEqual(old[field], wanted[field]));
  const others = differs.filter((field) => field !== 'contacts');
  return sameContacts(before, now, !differs.includes('contacts')) ? others : ['contacts', ...others];
}

/** The same file is the same contacts wherever it stands, and another one under the same address is not. */
function sameContacts(before: Contents, now: Contents, sameAddress: boolean): boolean {
  if (before.contactsHash === undefined || now.contactsHash === undefined) return sameAddress;
  return before.contactsHash === now.contactsHash;
}

type Fields = Record<string, unknown>;

function inTheSameTerms(campaignId: string, before: unknown, now: unknown): [Fields, Fields] {
  const at = Date.now();
  try {
    return [meant(campaignId, before, at), meant(campaignId, now, at)];
  } catch {
    // Of a release that knows fields which this one does not, or the other way round: compared as they are written.
    return [{ ...(before as Fields) }, { ...(now as Fields) }];
  }
}

function meant(campaignId: string, input: unknown, at: number): Fields {
  const { agentId, startBy, ...plan } = checkInput(campaignId, input, at);
  // What follows from the start is no wish of its own.
  const latest = (input as CampaignInput).startBy === undefined ? 'default' : startBy;
  return { agentId: agentId.toLowerCase(), ...plan, startBy: latest };
}
