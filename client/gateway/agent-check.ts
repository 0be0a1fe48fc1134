import type { Readable } from 'node:stream';
import type { CampaignInput } from '../../workflows/input';
import { Problem } from './problems';

/** A campaign that is about to start. */
export interface CampaignToCheck {
  wishes: Omit<CampaignInput, 'contacts'>;
  /** Opens the contacts anew. */
  open: () => Promise<Readable>;
}

/** What an agent says to the contacts. */
export interface AgentChecked {
  /** Variables that the contacts have no column for, and the sentence that says so. */
  missing: { names: string[]; text: string } | undefined;
  /** Other sentences for a person. */
  notes: string[];
}

/** Reads the agent and the contacts. Never rejects for an agent that cannot be read, or contacts that cannot be used. */
export type CheckAgent = (campaign: CampaignToCheck) => Promise<AgentChecked>;

/**
 * Compares the agent with the contacts of a campaign that is new.
 * @param check undefined where nobody can: then nothing is refused
 * @returns what the caller should know
 * @throws Problem for variables without a column, unless that is allowed
 */
export async function refuseMissingVariables(
  check: CheckAgent | undefined,
  campaign: CampaignToCheck,
  allowMissing = false,
): Promise<string[]> {
  const { missing, notes } = (await check?.(campaign)) ?? { missing: undefined, notes: [] };
  if (!missing) return notes;
  if (allowMissing) return [missing.text, ...notes];
  throw new Problem(422, 'variables-missing', 'The agent uses variables without a column', missing.text, {
    missing: missing.names,
  });
}
