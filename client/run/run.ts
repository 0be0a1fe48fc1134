import { Client } from '@temporalio/client';
import type { StartRules } from '../../activities/types';
import { type BolnaRules, bolnaRules } from '../../bolna/start-time';
import type { NumberSet } from '../../contacts/number-set';
import { refuseResultsFile } from '../../contacts/read';
import { TYPED } from '../../contacts/wording';
import { openStorage } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import type { Account } from '../../worker/accounts';
import type { Config } from '../../worker/config';
import { keepHeapSmall } from '../../worker/memory';
import { openTemporal, type Temporal } from '../../worker/temporal';
import { createWorker } from '../../worker/worker';
import type { CampaignResult } from '../../workflows/state';
import { CampaignClient } from '../campaigns';
import { CampaignConflictError, CampaignEndedError } from '../errors';
import { type LiveProgress, warningOf } from '../live-progress';
import { asBegun, preflighted } from '../preflight/campaign';
import { commandLine } from '../terminal/command-line';
import { EXIT, type ExitCode, UserError } from '../user-error';
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
import { type ListRefusal, named, suppressedNow } from './do-not-call';
import { dryRun as showPlan, surveyAloud } from './dry-run';
import { statusLine } from './follow';
import { interruption } from './interruption';
import { resultWithout, showOutcome } from './outcome';
import { rowsText, say } from './print';
import { isStored } from './recipients';
import { simulatedAgent } from './simulated-agent';
import { simulatedConfig } from './simulated-config';
import { refuseOtherSpeed, startSimulation } from './simulation';
import { untilTold } from './until-told';
import { refuseImpossibleStart, sayStart, startRules } from './wished-start';

/** A receiver that answers is told the end in this time; one that is down may be for days. */
const TOLD_WITHIN_MS = 30_000;

export interface RunOptions {
  plan: CampaignPlan;
  dryRun: boolean;
  /** How many times as fast as Bolna a simulator is, if one is to stand in for it. */
  simulate: number | undefined;
  json: boolean;
}

/**
 * A whole campaign in one process: server, worker, campaign, progress, results. Typed again after whatever ended it, it goes
 * on with the same campaign, since the campaign ID comes from the agent and the file's content.
 * @throws UserError, ConfigError, ContactsError and the like, each with one sentence for a person
 */
export async function run({ plan, dryRun, simulate, json }: RunOptions, given: Config): Promise<ExitCode> {
  const config = simulate === undefined ? given : simulatedConfig(given, simulate);
  const prefix = simulate === undefined ? 'campaign' : 'simulated';
  if (dryRun) return showPlan(plan, config, { prefix, speed: simulate, json });
  const campaign = await complete(plan, config, prefix);
  const { campaignId, recipients } = campaign;
  const account = accountOf(config, campaign);
  const { numbers, notes, refusal } = await suppressedNow(recipients, config, listsOf(plan));
  const rows = await surveyAloud(recipients, numbers, readingOf(plan));
  const storage = await openStorage(config.data);
  const known = { campaign, refusal, starts: startRules(config, bolnaRules(simulate)) };
  if (await isNew(config, storage, campaign)) await refuseBeginning(known);
  say(`Campaign ${campaignId}: ${rowsText(rows)}.`);
  for (const note of [...recipients.notes(), ...rows.notes, ...notes]) say(`Note: ${note}`);

  const temporal = await openTemporal(config, say);
  try {
    // Only now: whoever holds the campaign home is the only one to go on with the simulator's journal.
    const simulation =
      simulate === undefined
        ? undefined
        : await startSimulation(config, simulate, await simulatedAgent(recipients, readingOf(plan)));
    try {
      const { rules = bolnaRules() } = simulation ?? {};
      const session = {
        config: simulation?.config ?? config,
        storage,
        rules,
        ...known,
        numbers,
        account,
        simulate,
        json,
      };
      return await runCampaign(session, temporal);
    } finally {
      await simulation?.simulator.close();
    }
  } finally {
    await temporal.close();
  }
}

/** Whether this machine, where it has a server of its own, knows of no such campaign. */
async function isNew(config: Config, storage: CampaignStorage, campaign: CampaignToBegin): Promise<boolean> {
  if (config.temporalAddress !== undefined) return false;
  // A folder that cannot be used is told where the server needs it.
  return !(await isStored(storage, campaign.campaignId, campaign.hash).catch(() => false));
}

interface Session {
  config: Config;
  storage: CampaignStorage;
  rules: BolnaRules;
  campaign: CampaignToBegin;
  /** What Bolna, or the simulator, asks of a start. */
  starts: StartRules;
  /** Why it is not known who is not to be called, if it is not. */
  refusal: ListRefusal | undefined;
  /** Those who are not to be called. */
  numbers: NumberSet | undefined;
  account: Account;
  /** How many times as fast as Bolna the simulator is, if there is one. */
  simulate: number | undefined;
  json: boolean;
}

async function showEnd({ storage, campaign, json }: Session, result: CampaignResult): Promise<ExitCode> {
  return showOutcome(await named(result, storage, campaign), storage, json);
}

async function runCampaign(session: Session, temporal: Temporal): Promise<ExitCode> {
  const { config, storage } = session;
  const { campaignId, hash } = session.campaign;
  const { connection, namespace, uiUrl } = temporal;
  const client = new Client({ connection, namespace });
  const campaigns = new CampaignClient(client, {
    taskQueue: config.taskQueue,
    storage,
    starts: session.starts,
  });
  const before = await campaigns.standing(campaignId);
  if (before?.contactsHash !== undefined && before.contactsHash !== hash) {
    throw new UserError(`Campaign ${campaignId} was started with other contacts: choose another --id for these.`);
  }
  if (before?.standing === 'ended-for-good') {
    say(`This campaign has ended before; nobody is called again. To call these people once more, give it a new --id.`);
    return showEnd(session, await campaigns.result(campaignId));
  }
  const campaign = before && (await asBegun(session.campaign, client, session));
  if (campaign && before?.standing === 'running') await goOn({ ...session, campaign }, campaigns);
  else await begin(session, campaigns, campaign);
  if (uiUrl) say(`Temporal UI: ${uiUrl}/namespaces/${namespace}/workflows/${campaignId}`);
  return follow(session, temporal, campaigns);
}

/** Goes on with a campaign that is under way. @throws UserError where it was begun with other options, which would not hold */
async function goOn({ config, storage, campaign, simulate }: Session, campaigns: CampaignClient): Promise<void> {
  const { campaignId, hash } = campaign;
  if (simulate !== undefined) await refuseOtherSpeed(config, simulate, campaignId);
  try {
    await campaigns.start(campaignId, await inputOf(campaign, storage), { contactsHash: hash });
  } catch (error) {
    if (!(error instanceof CampaignConflictError) || error.differs.length === 0) throw error;
    throw new UserError(
      `Campaign ${campaignId} is under way with other options than these (${error.differs.join(', ')}), which it keeps: type the command as before to go on with it, or choose another --id.`,
    );
  }
  say('It is under way already; going on with it.');
}

/**
 * Starts the campaign, once it is sure that Bolna can be reached with this key, and that the agent has what it says.
 * @param again the campaign as it began before, if it did
 */
async function begin(session: Session, campaigns: CampaignClient, again: CampaignToBegin | undefined): Promise<void> {
  const { config, storage, account, rules, numbers } = session;
  if (!again) await refuseBeginning(session);
  await checkAccount(config, account);
  const how = { config, account, rules, suppressed: numbers };
  const campaign = again ?? (await preflighted(session.campaign, how));
  const input = await inputOf(campaign, storage);
  await campaigns.start(campaign.campaignId, input, { contactsHash: campaign.hash });
  sayStart(campaign, session.starts);
}

/**
 * A campaign that is picked up keeps its start, which may well be past by now, and the people that it began with.
 * @throws ContactsError for the results of a campaign; UserError for a start that is over, or a suppression list out of reach; SuppressionError for one that cannot be read
 */
async function refuseBeginning({
  campaign,
  refusal,
  starts,
}: Pick<Session, 'campaign' | 'refusal' | 'starts'>): Promise<void> {
  await refuseResultsFile(await campaign.recipients.open(), TYPED);
  refuseImpossibleStart(campaign, starts);
  if (refusal) throw refusal;
}

async function follow(session: Session, temporal: Temporal, campaigns: CampaignClient): Promise<ExitCode> {
  const { config, storage, rules } = session;
  const { campaignId, timezone } = session.campaign;
  keepHeapSmall();
  // Before the worker is made, which takes a second: the campaign is there, and Bolna may be calling for it.
  const interrupted = interruption();
  const worker = await createWorker(config, storage, temporal.connection, temporal.namespace, rules).catch(
    (error: unknown) => {
      interrupted.dispose();
      throw error;
    },
  );
  const line = await statusLine(timezone);
  let done = false;
  let latest: LiveProgress | undefined;
  const result = campaigns
    .result(campaignId)
    .catch((error: unknown) => {
      if (error instanceof CampaignEndedError) return resultWithout(campaignId, latest, error.message);
      throw error;
    })
    .finally(() => {
      done = true;
    });
  const gone = Promise.race([interrupted.when, temporal.lost]);
  const watch = async () => {
    while (!done && !interrupted.signal.aborted) {
      const progress = await campaigns.get(campaignId).catch(() => undefined);
      latest = progress ?? latest;
      if (progress && !done) line.show(progress);
      await interrupted.pause(500);
    }
  };
  try {
    const watching = watch();
    const ending = async () => {
      const first = await Promise.race([result, gone]);
      line.end();
      // With the result there only the callback is still to be told: what comes now changes nothing of the outcome.
      if (!(first instanceof Error) && first !== 'interrupted') await tellCallback(session, temporal, gone);
      return first;
    };
    const end = await worker.runUntil(ending());
    if (end instanceof Error) throw new UserError(end.message, EXIT.failed, { cause: end });
    if (end === 'interrupted') {
      sayWhatGoesOn(session, latest);
      return EXIT.interrupted;
    }
    await watching;
    return await showEnd(session, end);
  } finally {
    line.end();
    interrupted.dispose();
  }
}

/** Said last, since it is what a person must know: the calls do not end with this process. */
function sayWhatGoesOn({ campaign, simulate }: Session, latest: LiveProgress | undefined): void {
  const warning = latest && warningOf(latest);
  if (warning !== undefined) say(warning);
  say('Interrupted. Type the same command again to go on with this campaign.');
  // Bolna has shown that nobody else is called.
  if (latest?.halt && warning === undefined) return;
  const bolna = simulate === undefined ? 'Bolna' : 'Nobody is called, but the simulator';
  say(`${bolna} still makes the calls it was given. To prevent them: ${commandLine(['stop', campaign.campaignId])}`);
}

/** Waits for the callback to be told of the end, while the worker runs that tells it. */
async function tellCallback({ campaign }: Session, temporal: Temporal, cut: Promise<unknown>): Promise<void> {
  if (campaign.wishes.callbackUrl === undefined) return;
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  if (!(await untilTold(client, campaign.campaignId, TOLD_WITHIN_MS, cut)))
    say(
      `Note: the callback has not taken everything yet. It is tried for three days while a worker runs. What was given up is sent again by: ${commandLine(['callbacks', campaign.campaignId, '--resend'])}`,
    );
}
