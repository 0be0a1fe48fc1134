import { resolve } from 'node:path';
import { CampaignClient } from '../client/campaigns';
import { type Simulator, startSimulator } from '../simulator/simulator';
import { replayAll } from '../test/support/dev-server';
import { endAll, until, within } from '../test/support/processes';
import { type Campaign, campaignOf, complaintsAbout, dialsOf, inWords, startCampaign } from './campaign';
import { readCompose, tagOf } from './compose';
import { versionOf } from './postgres';
import { findPrograms } from './requirements';
import { Topology } from './topology';

/** The default of CAMPAIGN_TASK_QUEUE. */
const TASK_QUEUE = 'bolna-campaigns';
/** From a campaign's start to its end: two minutes until Bolna may call, and the calls. */
const CAMPAIGN_LIMIT_MS = 600_000;

/** The clock is the real one and the worker the shipped one; calls are short, and a start is rounded to the second. */
function startBolna(): Promise<Simulator> {
  return startSimulator({
    // The worker asks for the nearest start that Bolna takes: here it has a margin for the way.
    rules: {
      ...{ roundingMs: 1_000, minLeadMs: 90_000 },
      ...{ ringSeconds: [0, 1], callSeconds: [1, 3], postProcessingSeconds: [1, 2] },
    },
  });
}

/**
 * Starts what docker-compose.yml starts, without containers, and runs two campaigns through it; in the second one the server
 * and the worker are killed. Leaves nothing behind.
 * @param signal ends it early
 * @throws Missing where this machine cannot do it; Error where something is not as promised
 */
export async function check(say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const services = readCompose('docker-compose.yml');
  const programs = await findPrograms(services, say, signal);
  const simulator = await startBolna();
  const topology = new Topology(services, programs, simulator.url);
  const steps = async () => {
    await topology.startDatabase();
    await topology.setUpSchema();
    say(`${await versionOf(programs.postgres)}, with the schema of Temporal ${tagOf(services.schema)}.`);
    await topology.startServer();
    say(`Temporal ${tagOf(services.temporal)} at ${topology.address}, with its namespace.`);
    if (await topology.isHealthy()) throw new Error('The health check takes a worker for healthy that is not there.');
    await topology.startWorker();
    if (!(await topology.isHealthy())) throw new Error('The health check does not see the worker.');
    say('The worker works, and is healthy.');
    await campaigns(topology, simulator, say);
  };
  try {
    await Promise.race([steps(), abortOf(signal)]);
  } finally {
    await topology.close();
    await endAll();
    await simulator.close();
  }
}

function abortOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}

async function campaigns(topology: Topology, simulator: Simulator, say: (text: string) => void): Promise<void> {
  const client = await topology.client();
  const campaigns = new CampaignClient(client, { taskQueue: TASK_QUEUE });
  const end = async (campaign: Campaign) => {
    const ending = campaigns.result(campaign.id);
    const result = await within(CAMPAIGN_LIMIT_MS, () => `the end of campaign ${campaign.id}`, ending);
    const complaints = await complaintsAbout(campaign, result, simulator, topology.data);
    if (complaints.length > 0) throw new Error(`Campaign ${campaign.id}: ${complaints.join('; ')}.`);
    say(
      `Campaign ${campaign.id} has ended, each of ${campaign.numbers.length} people called once: ${inWords(result)}.`,
    );
  };

  const plain = campaignOf('plain', 12, 0);
  await startCampaign(campaigns, plain);
  say('Campaign plain is begun; Bolna calls nobody for two minutes.');
  await end(plain);

  const crashed = campaignOf('crashed', 60, 20);
  await startCampaign(campaigns, crashed);
  say('Campaign crashed is begun, in whose middle the server and the worker are killed.');
  const dialled = () => dialsOf(crashed, simulator).filter((dials) => dials > 0).length;
  await until(
    () => `the middle of campaign ${crashed.id}`,
    () => dialled() >= crashed.numbers.length / 2,
    CAMPAIGN_LIMIT_MS,
  );
  await topology.crash();
  say(`Server and worker killed after ${dialled()} of ${crashed.numbers.length} people; both start again.`);
  await topology.startServer();
  await topology.startWorker();
  await end(crashed);

  const replayed = await replayAll(client, resolve('dist/worker/workflow-bundle.js'));
  if (replayed < 2) throw new Error(`The server has ${replayed} histories of 2 campaigns.`);
  say('Both histories replay.');
}
