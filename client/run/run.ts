import { createHash } from 'node:crypto';
import { Client } from '@temporalio/client';
import { BolnaClient } from '../../bolna/client';
import { isBolnaError } from '../../bolna/errors';
import { type BolnaRules, bolnaRules } from '../../bolna/start-time';
import { openStorage } from '../../storage/open-storage';
import type { CampaignStorage } from '../../storage/storage';
import { type Config, requireAccounts } from '../../worker/config';
import { keepHeapSmall } from '../../worker/memory';
import { openTemporal, type Temporal } from '../../worker/temporal';
import { createWorker } from '../../worker/worker';
import { checkCampaignId } from '../../workflows/input';
import { CampaignClient } from '../campaigns';
import { CampaignEndedError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { EXIT, type ExitCode, UserError } from '../user-error';
import { dryRun, surveyAloud } from './dry-run';
import { askForEstimate, unknownEstimate } from './estimate';
import { statusLine } from './follow';
import { interruption } from './interruption';
import { resultWithout, showOutcome } from './outcome';
import { rowsText, say } from './print';
import { contentHash, isStored, type Recipients, store } from './recipients';
import { simulatedConfig, startSimulation } from './simulation';
import { refusePast } from './start-time';
import { suppressedAmong } from './suppression';

export interface RunOptions {
  recipients: Recipients;
  agentId?: string | undefined;
  /** Milliseconds since the epoch. */
  at?: number | undefined;
  campaignId?: string | undefined;
  dryRun: boolean;
  /** How many times as fast as Bolna a simulator is, if one is to stand in for it. */
  simulate?: number | undefined;
  json: boolean;
}

/**
 * A whole campaign in one process: server, worker, campaign, progress, results. Typed again after whatever ended it, it goes
 * on with the same campaign, since the campaign ID comes from the agent and the file's content.
 * @throws UserError, ConfigError, ContactsError and the like, each with one sentence for a person
 */
export async function run(options: RunOptions, given: Config): Promise<ExitCode> {
  const speed = options.simulate;
  const config = speed === undefined ? given : simulatedConfig(given, speed);
  const { recipients } = options;
  const agentId = options.agentId ?? config.bolna.agentId;
  const hash = await contentHash(recipients);
  const campaignId = options.campaignId ?? identify(agentId ?? '', hash, speed !== undefined);
  checkCampaignId(campaignId);
  if (options.dryRun) {
    const rules = bolnaRules(speed);
    return dryRun({
      campaignId,
      agentId,
      recipients,
      at: options.at,
      leadMs: config.bolna.leadMs,
      rules,
      suppressed: await suppressedAmong(recipients, config),
      estimate: async (contacts) =>
        speed === undefined
          ? askForEstimate(config, agentId, contacts)
          : unknownEstimate(contacts, undefined, 'a simulation has no calls to judge by'),
      json: options.json,
    });
  }
  if (agentId === undefined)
    throw new UserError(
      'No agent is named: set BOLNA_AGENT_ID or give --agent, the UUID of the Bolna agent that calls.',
    );
  requireAccounts(config);
  // A list that cannot be used is for the campaign to refuse: one that has begun goes on without it.
  const suppressed = await suppressedAmong(recipients, config).catch(() => undefined);
  const rows = await surveyAloud(recipients, suppressed?.numbers);
  const storage = await openStorage(config.data);
  if (options.at !== undefined && (await isNew(config, storage, campaignId, hash))) refusePast(options.at, Date.now());
  say(`Campaign ${campaignId}: ${rowsText(rows)}.`);

  const temporal = await openTemporal(config, say);
  try {
    // Only now: whoever holds the campaign home is the only one to go on with the simulator's journal.
    const simulation = speed === undefined ? undefined : await startSimulation(config, speed);
    try {
      const { rules = bolnaRules() } = simulation ?? {};
      return await runCampaign(
        { config: simulation?.config ?? config, storage, rules, campaignId, agentId, hash, options },
        temporal,
      );
    } finally {
      await simulation?.simulator.close();
    }
  } finally {
    await temporal.close();
  }
}

/** Whether this machine, where it has a server of its own, knows of no such campaign. */
async function isNew(config: Config, storage: CampaignStorage, campaignId: string, hash: string): Promise<boolean> {
  if (config.temporalAddress !== undefined) return false;
  return !(await isStored(storage, campaignId, hash));
}

interface Session {
  config: Config;
  storage: CampaignStorage;
  rules: BolnaRules;
  campaignId: string;
  agentId: string;
  hash: string;
  options: RunOptions;
}

async function runCampaign(session: Session, temporal: Temporal): Promise<ExitCode> {
  const { config, storage, campaignId, options } = session;
  const { connection, namespace, uiUrl } = temporal;
  const campaigns = new CampaignClient(new Client({ connection, namespace }), { taskQueue: config.taskQueue, storage });
  const before = await campaigns.standing(campaignId);
  if (before?.contactsHash !== undefined && before.contactsHash !== session.hash) {
    throw new UserError(`Campaign ${campaignId} was started with other contacts: choose another --id for these.`);
  }
  if (before?.standing === 'ended-for-good') {
    say(`This campaign has ended before; nobody is called again. To call these people once more, give it a new --id.`);
    return showOutcome(await campaigns.result(campaignId), storage, options.json);
  }
  if (before?.standing === 'running') say('It is under way already; going on with it.');
  else await begin(session, campaigns, before !== undefined);
  if (uiUrl) say(`Temporal UI: ${uiUrl}/namespaces/${namespace}/workflows/${campaignId}`);
  return follow(session, temporal, campaigns);
}

/** Starts the campaign, once it is sure that Bolna can be reached with this key. */
async function begin(
  { config, storage, campaignId, agentId, hash, options }: Session,
  campaigns: CampaignClient,
  again: boolean,
): Promise<void> {
  // A campaign that is picked up keeps its start, which may well be past by now.
  if (options.at !== undefined && !again) refusePast(options.at, Date.now());
  await checkAccount(config);
  const uri = await store(storage, campaignId, options.recipients, hash);
  const startAt = options.at === undefined ? {} : { startAt: new Date(options.at).toISOString() };
  await campaigns.start(campaignId, { agentId, contacts: { uri }, ...startAt }, { contactsHash: hash });
}

async function checkAccount(config: Config): Promise<void> {
  const { baseUrl, timeoutMs } = config.bolna;
  const [{ key, keyName }] = requireAccounts(config);
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

async function follow(session: Session, temporal: Temporal, campaigns: CampaignClient): Promise<ExitCode> {
  const { config, storage, rules, campaignId, options } = session;
  keepHeapSmall();
  const worker = await createWorker(config, storage, temporal.connection, temporal.namespace, rules);
  const interrupted = interruption();
  const line = await statusLine();
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
  // Where something else ends the wait first, nobody asks how this went.
  result.catch(() => undefined);
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
    const end = await worker.runUntil(Promise.race([result, interrupted.when, temporal.lost]));
    line.end();
    if (end instanceof Error) throw new UserError(end.message, EXIT.failed, { cause: end });
    if (end === 'interrupted') {
      say(
        'Interrupted. Type the same command again to go on with this campaign; what Bolna has been given goes on without us.',
      );
      return EXIT.interrupted;
    }
    await watching;
    return await showOutcome(end, storage, options.json);
  } finally {
    line.end();
    interrupted.dispose();
  }
}

/** The same agent and the same file are the same campaign. */
function identify(agentId: string, hash: string, simulated: boolean): string {
  const id = createHash('sha256').update(`${agentId.toLowerCase()}\n${hash}`).digest('hex').slice(0, 16);
  return `${simulated ? 'simulated' : 'campaign'}-${id}`;
}
