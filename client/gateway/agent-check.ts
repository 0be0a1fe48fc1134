import type { Readable } from 'node:stream';
import type { Wording } from '../../contacts/wording';
import type { CampaignInput } from '../../workflows/input';
import type { SuppressedNumbers } from '../campaign/check-lists';
import { Problem } from './problems';

/** A campaign that is about to start. */
export interface CampaignToCheck {
  wishes: Omit<CampaignInput, 'contacts'>;
  /** Opens the contacts anew. */
  open: () => Promise<Readable>;
  /** Numbers that must not be called, as far as they are known here. */
  suppressed?: SuppressedNumbers | undefined;
  /** How sentences speak of the contacts. */
  wording: Wording;
}

/** What an agent says to the contacts. */
export interface AgentChecked extends AgentSays {
  /** Variables that the contacts have no column for, and the sentences that say so: of a campaign that is refused for it, and of one that is not. */
  missing: { names: string[]; refusal: string; note: string } | undefined;
}

/** What the caller should know. */
export interface AgentSays {
  /** Sentences for a person. */
  notes: string[];
  /** The welcome message as the first people will hear it. */
  welcome: string[];
}

/** Reads the agent and the contacts. Never rejects for an agent that cannot be read, or contacts that cannot be used. */
export type CheckAgent = (campaign: CampaignToCheck) => Promise<AgentChecked>;

/**
 * Compares the agent with the contacts of a campaign that is new.
 * @param check undefined where nobody can: then nothing is refused
 * @throws Problem for variables without a column, unless that is allowed
 */
export async function refuseMissingVariables(
  check: CheckAgent | undefined,
  campaign: CampaignToCheck,
  allowMissing = false,
): Promise<AgentSays> {
  const { missing, notes, welcome } = (await check?.(campaign)) ?? { missing: undefined, notes: [], welcome: [] };
  if (!missing) return { notes, welcome };
  if (allowMissing) return { notes: [missing.note, ...notes], welcome };
  throw new Problem(422, 'variables-missing', 'The agent uses variables without a column', missing.refusal, {
    missing: missing.names,
  });
}
