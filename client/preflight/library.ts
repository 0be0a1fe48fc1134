import type { Preflight, PreflightInput, PreflightOptions } from './types';

/**
 * Compares an agent with the contacts that it is to call: call it before `CampaignClient.start`, which does not ask Bolna. Nothing is sent
 * but two reads, and nothing is refused: look at `missing`, and give `required` to the campaign as `requireVariables`. That Bolna does not
 * answer is said in `notes`.
 *
 * @throws ContactsError where the contacts cannot be used; ConfigError for a setting that cannot be one
 * @example
 * const { missing, required, warnings } = await preflight({ agentId, contacts: { csv }, requireVariables: true });
 * if (missing.length > 0) throw new Error(`No column for ${missing.map(({ name }) => name).join(', ')}`);
 * await campaigns.start(id, { agentId, contacts: { csv }, ...(required && { requireVariables: required }) });
 */
export async function preflight(input: PreflightInput, options: PreflightOptions = {}): Promise<Preflight> {
  // Loaded here: whoever only starts campaigns needs no HTTP client and no phone numbers.
  const { preflightOf } = require('./from-input') as typeof import('./from-input');
  return preflightOf(input, options);
}
