import { createHash } from 'node:crypto';
import { BolnaClient } from '../../bolna/client';
import { isBolnaError } from '../../bolna/errors';
import { BolnaTime, clockWarning } from '../../bolna/time';
import type { ReadingOptions } from '../../contacts/read';
import { TYPED } from '../../contacts/wording';
import type { CampaignStorage } from '../../storage/storage';
import type { Account } from '../../worker/accounts';
import { type Config, requireAccounts } from '../../worker/config';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import { type CampaignInput, checkInput } from '../../workflows/input';
import { EXIT, UserError } from '../user-error';
import { type Lists, storeLists } from './do-not-call';
import { say } from './print';
import { contentHash, type Recipients, store } from './recipients';

/** Milliseconds that Bolna has to show its time. */
const PATIENCE_MS = 3_000;

/** What a person asks for on the command line. */
export interface CampaignPlan {
  recipients: Recipients;
  agentId: string | undefined;
  campaignId: string | undefined;
  /** Milliseconds since the epoch. */
  at: number | undefined;
  /** The times as they were typed. */
  typed?: { at?: string | undefined; startBy?: string | undefined };
  /** The zone in which times are shown. Default: this machine's. */
  timezone?: string | undefined;
  /** Suppression lists, beside those of CAMPAIGN_SUPPRESS: files, or addresses in the campaign storage. */
  suppress: readonly string[];
  /** Whether variables of the agent may lack a column. Default: no. */
  allowMissing?: boolean;
  /** Whether rows without a value in a variable of the agent are rejected. Default: no. */
  requireVariables?: boolean;
  /** Whatever else the campaign's input takes. */
  wishes: Omit<CampaignInput, 'agentId' | 'contacts' | 'startAt' | 'suppress'>;
}

/** A plan that is complete. */
export interface CampaignToBegin extends CampaignPlan {
  agentId: string;
  campaignId: string;
  /** SHA-256 of the contacts, in hex. */
  hash: string;
}

/**
 * Completes a plan: the agent from the settings, the campaign ID from the agent and the contacts, so that the same command typed
 * again is about the same campaign.
 * @param prefix of campaign IDs that are made
 * @throws UserError without an agent; InvalidInput for a wish that cannot be
 */
export async function complete(plan: CampaignPlan, config: Config, prefix: string): Promise<CampaignToBegin> {
  const agentId = plan.agentId ?? config.bolna.agentId;
  const hash = await contentHash(plan.recipients);
  const campaignId = plan.campaignId ?? `${prefix}-${identify(agentId ?? '', hash)}`;
  if (agentId === undefined)
    throw new UserError(
      'No agent is named: set BOLNA_AGENT_ID or give --agent, the UUID of the Bolna agent that calls.',
    );
  checkPlan(campaignId, { ...plan, agentId });
  return { ...plan, agentId, campaignId, hash };
}

/** Checks what a campaign is to be started with: all but the addresses, which there are none of yet. @throws InvalidInput */
export function checkPlan(campaignId: string, plan: CampaignPlan): void {
  const { agentId, wishes } = plan;
  checkInput(campaignId, { agentId, contacts: { uri: 'file:///' }, ...startOf(plan), ...wishes }, Date.now());
}

/** The same agent and the same file are the same campaign. */
export function identify(agentId: string, hash: string): string {
  return createHash('sha256').update(`${agentId.toLowerCase()}\n${hash}`).digest('hex').slice(0, 16);
}

/** Puts everything the campaign needs into its storage. @returns what it is started with */
export async function inputOf(campaign: CampaignToBegin, storage: CampaignStorage): Promise<CampaignInput> {
  const { campaignId, agentId, recipients, hash, suppress, wishes } = campaign;
  const uri = await store(storage, campaignId, recipients, hash);
  const lists = await storeLists(storage, campaignId, suppress);
  return { agentId, contacts: { uri }, ...(lists.length > 0 && { suppress: lists }), ...startOf(campaign), ...wishes };
}

/** How the contacts are read, and spoken of. */
export function readingOf({ wishes }: Pick<CampaignPlan, 'wishes'>, wording = TYPED): ReadingOptions {
  return { numberColumn: wishes.numberColumn, country: wishes.country, wording };
}

/** The suppression lists that a person names for a campaign, and how they are read. */
export function listsOf({ suppress, wishes }: CampaignPlan): Lists {
  return { given: suppress, ignoreUnreadable: wishes.ignoreUnreadableSuppressions, ...readingOf({ wishes }) };
}

function startOf({ at }: CampaignPlan): Pick<CampaignInput, 'startAt'> {
  return at === undefined ? {} : { startAt: new Date(at).toISOString() };
}

/** The account that a campaign calls with. @throws ConfigError, UserError when there is no key for it here */
export function accountOf(config: Config, { wishes }: CampaignPlan): Account {
  const accounts = requireAccounts(config);
  const name = wishes.account ?? DEFAULT_ACCOUNT;
  const found = accounts.find((account) => account.name === name);
  if (found) return found;
  const others = accounts.map((account) => account.name).join(', ');
  throw new UserError(`There is no key for the account ${name}: there are ${others}. Name another with --account.`);
}

/** Sees that Bolna can be reached and takes the key. @throws UserError where neither waiting nor a retry would help */
export async function checkAccount(config: Config, { key, keyName }: Account): Promise<void> {
  const { baseUrl, timeoutMs } = config.bolna;
  const bolna = new BolnaClient({ apiKey: key, keyName, baseUrl, timeoutMs });
  try {
    await bolna.account();
  } catch (error) {
    if (isBolnaError(error, 'unauthorized')) throw new UserError(error.message, EXIT.badInput, { cause: error });
    if (isBolnaError(error, 'unavailable') && error.status === undefined) {
      throw new UserError(`${error.message} Nothing was started.`, EXIT.failed, { cause: error });
    }
    // Anything else may pass, and a durable campaign outlives it.
    say(`${error instanceof Error ? error.message : error} The campaign waits for it.`);
  } finally {
    await bolna.close();
  }
}

/** Says that this machine's clock differs from Bolna's, where it does. That Bolna does not answer is no matter here. */
export async function warnOfClock(config: Config, { key, keyName }: Account): Promise<void> {
  const { baseUrl, timeoutMs } = config.bolna;
  const time = new BolnaTime();
  const bolna = new BolnaClient({ apiKey: key, keyName, baseUrl, timeoutMs: Math.min(timeoutMs, PATIENCE_MS), time });
  try {
    await bolna.account(AbortSignal.timeout(PATIENCE_MS));
  } catch {
    // An answer of any kind has a date, and the campaign waits for one.
  } finally {
    await bolna.close();
  }
  const warning = clockWarning(time.clockIsAhead);
  if (warning !== undefined) say(`Warning: ${warning}`);
}
