import { asCsv } from '../../contacts/as-csv';
import { ContactsError } from '../../contacts/errors';
import type { Config } from '../../worker/config';
import { DEFAULT_ACCOUNT } from '../../workflows/account';
import type { CheckAgent } from '../gateway/agent-check';
import { askOf } from './campaign';
import { preflight } from './preflight';
import { missingText } from './words';

const ALLOW = 'send "allowMissing": true to call all the same';

/** The preflight of campaigns that come over HTTP, with the keys that are known here. */
export function gatewayCheck(config: Config): CheckAgent {
  return async ({ wishes, open, suppressed, wording }) => {
    const { agentId, startAt } = wishes;
    const account = config.bolna.accounts.find(({ name }) => name === (wishes.account ?? DEFAULT_ACCOUNT));
    const at = startAt === undefined ? undefined : Date.parse(startAt);
    const asRead = async () => (await asCsv(await open(), wishes.sheet, { wording })).content;
    const recipients = { fromFile: true, open: asRead, notes: () => [] };
    const plan = { agentId, at, recipients, campaignId: undefined, suppress: [], wishes };
    try {
      const ask = askOf(plan, { config, account, suppressed, wording });
      const found = await preflight({ ...ask, requireVariables: wishes.requireVariables });
      const { missing, used, unused, warnings, notes, welcome } = found;
      const names = missing.map(({ name }) => name);
      const text = (allow?: string) => missingText(missing, [...used, ...unused], { allow, wording });
      return {
        missing: names.length > 0 ? { names, refusal: text(ALLOW), note: text() } : undefined,
        notes: [...warnings, ...notes],
        welcome,
      };
    } catch (error) {
      // What is wrong with the contacts themselves is not the agent's business.
      if (error instanceof ContactsError) return { missing: undefined, notes: [], welcome: [] };
      throw error;
    }
  };
}
