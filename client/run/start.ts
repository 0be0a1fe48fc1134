import { bolnaRules, roundedStart, startToRequest } from '../../bolna/start-time';
import { refuseResultsFile } from '../../contacts/read';
import { TYPED } from '../../contacts/wording';
import { openStorage } from '../../storage/open-storage';
import { readConfig } from '../../worker/config';
import { watchOn } from '../look/watch';
import { asBegun, preflighted } from '../preflight/campaign';
import { refuseSimulated, type ServerInUse, serverInUse } from '../server/in-use';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { inBothZones } from '../terminal/both-zones';
import { commandLine } from '../terminal/command-line';
import { printJson } from '../terminal/json';
import { EXIT, type ExitCode } from '../user-error';
import {
  accountOf,
  type CampaignPlan,
  type CampaignToBegin,
  checkAccount,
  complete,
  inputOf,
  listsOf,
  readingOf,
} from './begin';
import { named, suppressedNow } from './do-not-call';
import { surveyAloud } from './dry-run';
import { askForEstimate, estimateText } from './estimate';
import { rowsText, say } from './print';
import { refuseImpossibleStart, sayStart, startRules } from './wished-start';

export interface StartOptions {
  plan: CampaignPlan;
  /** Whether to watch the campaign to its end. */
  wait: boolean;
  json: boolean;
}

/**
 * Starts a campaign on the Temporal server in use and returns at once: a worker carries it out. Typed again, it finds the campaign
 * that it has started.
 * @throws UserError, ConfigError, ContactsError and the like, each with one sentence for a person
 */
export async function start({ plan, wait, json }: StartOptions): Promise<ExitCode> {
  const config = readConfig(process.env);
  const campaign = await complete(plan, config, 'campaign');
  const account = accountOf(config, campaign);
  const { numbers, notes, refusal } = await suppressedNow(campaign.recipients, config, listsOf(plan));
  const rows = await surveyAloud(campaign.recipients, numbers, readingOf(plan));
  const server = await serverInUse(config);
  try {
    refuseSimulated(server);
    const before = await server.campaigns.standing(campaign.campaignId);
    if (before === undefined) {
      await refuseResultsFile(await campaign.recipients.open(), TYPED);
      refuseImpossibleStart(campaign, startRules(config, bolnaRules()));
      if (refusal) throw refusal;
    }
    say(`Campaign ${campaign.campaignId}: ${rowsText(rows)}.`);
    for (const note of [...campaign.recipients.notes(), ...rows.notes, ...notes]) say(`Note: ${note}`);
    if (before === undefined || before.standing === 'ended-open') {
      await checkAccount(server.config, account);
      const { retry } = campaign.wishes;
      say(`Estimate: ${estimateText(await askForEstimate(config, campaign.agentId, rows.valid, retry, account.name))}`);
    }
    const checked = before
      ? await asBegun(campaign, server.client, before.standing === 'ended-for-good' ? undefined : { config, account })
      : await preflighted(campaign, { config, account, suppressed: numbers });
    await begin(server, checked, json && !wait);
    if ((await countWorkers(server).catch(() => 1)) === 0) say(noWorkerAdvice(server));
    if (wait) {
      return await watchOn(server, campaign.campaignId, {
        json,
        timezone: campaign.timezone,
        asTold: (result, storage) => named(result, storage, campaign),
      });
    }
    say(`See: ${commandLine(['watch', campaign.campaignId])}`);
    return EXIT.completed;
  } finally {
    await server.close();
  }
}

async function begin({ campaigns, config }: ServerInUse, campaign: CampaignToBegin, json: boolean): Promise<void> {
  const { campaignId, hash } = campaign;
  const input = await inputOf(campaign, await openStorage(config.data));
  const { started, standing } = await campaigns.start(campaignId, input, { contactsHash: hash });
  if (started) {
    const begins = roundedStart(startToRequest(Date.now(), campaign.at, config.bolna.leadMs), bolnaRules());
    sayStart(campaign, startRules(config, bolnaRules()));
    say(`Started: calls begin ${inBothZones(begins, campaign.timezone)} at the earliest.`);
  } else if (standing === 'running')
    say('It was started before and is under way: nothing was started, and nobody is called again.');
  else
    say(
      'It has ended before: nothing was started, and nobody is called again. To call these people once more, give it a new --id.',
    );
  if (json) printJson({ campaignId, started, standing });
}
