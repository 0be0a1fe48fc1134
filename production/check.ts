import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CampaignClient } from '../client/campaigns';
import { type Simulator, startSimulator } from '../simulator/simulator';
import { replayAll } from '../test/support/dev-server';
import { endAll, until, within } from '../test/support/processes';
import type { CampaignResult } from '../workflows/state';
import { AGENT, type Campaign, campaignOf, complaintsAbout, dialsOf, inWords } from './campaign';
import { readCompose, tagOf } from './compose';
import { type OurService, webhooksTaken } from './our-service';
import { versionOf } from './postgres';
import { findPrograms } from './requirements';
import { Topology } from './topology';
import type { Upstream } from './upstream';

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
 * Starts what docker-compose.yml starts, without containers, and runs two campaigns through it; one is started by the library,
 * the other by the gateway, and in its middle the server, the worker and the gateway are killed. Leaves nothing behind.
 * @param signal ends it early
 * @throws Missing where this machine cannot do it; Error where something is not as promised
 */
export async function check(say: (text: string) => void, signal: AbortSignal): Promise<void> {
  const services = readCompose('docker-compose.yml');
  const programs = await findPrograms(services, say, signal);
  const simulator = await startBolna();
  const topology = await Topology.at(services, programs, simulator.url);
  const steps = async () => {
    await topology.startDatabase();
    await topology.setUpSchema();
    say(`${await versionOf(programs.postgres)}, with the schema of Temporal ${tagOf(services.schema)}.`);
    await topology.startServer();
    say(`Temporal ${tagOf(services.temporal)} at ${topology.address}, with its namespace.`);
    const upstream = await topology.upstream();
    for (const service of [topology.worker, topology.gateway]) await startHealthy(service, say);
    await campaigns(topology, upstream, simulator, say);
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

async function startHealthy(service: OurService, say: (text: string) => void): Promise<void> {
  const { name } = service;
  if (await service.isHealthy()) throw new Error(`The health check takes a ${name} for healthy that is not there.`);
  await service.start();
  if (!(await service.isHealthy())) throw new Error(`The health check does not see the ${name}.`);
  say(`The ${name} works, and is healthy.`);
}

async function campaigns(
  topology: Topology,
  upstream: Upstream,
  simulator: Simulator,
  say: (text: string) => void,
): Promise<void> {
  const client = await topology.client();
  const end = async (campaign: Campaign, ending: Promise<CampaignResult>, results: () => Promise<string>) => {
    const result = await within(CAMPAIGN_LIMIT_MS, () => `the end of campaign ${campaign.id}`, ending);
    const complaints = complaintsAbout(campaign, result, await results(), simulator);
    if (complaints.length > 0) throw new Error(`Campaign ${campaign.id}: ${complaints.join('; ')}.`);
    say(
      `Campaign ${campaign.id} has ended, each of ${campaign.numbers.length} people called once: ${inWords(result)}.`,
    );
  };

  const plain = campaignOf('plain', 12, 0);
  const library = new CampaignClient(client, { taskQueue: TASK_QUEUE });
  await library.start(plain.id, { agentId: AGENT, contacts: { csv: plain.csv } });
  say('Campaign plain is begun by the library; Bolna calls nobody for two minutes.');
  await end(plain, library.result(plain.id), () => readFile(join(topology.data, plain.id, 'results.csv'), 'utf8'));
  const webhooks = webhooksTaken(topology.gateway.log());
  if (webhooks === 0) throw new Error('The gateway has taken no webhook of Bolna: none has come, or all were refused.');
  say(`The gateway has taken ${webhooks} webhooks of Bolna.`);

  const crashed = campaignOf('crashed', 60, 20);
  if (!(await upstream.start(crashed))) throw new Error('The gateway says that campaign crashed was begun before.');
  say('Campaign crashed is begun by the gateway; in its middle the server, the worker and the gateway are killed.');
  const dialled = () => dialsOf(crashed, simulator).filter((dials) => dials > 0).length;
  await until(
    () => `the middle of campaign ${crashed.id}`,
    () => dialled() >= crashed.numbers.length / 2,
    CAMPAIGN_LIMIT_MS,
  );
  await topology.crash();
  say(`Server, worker and gateway killed after ${dialled()} of ${crashed.numbers.length} people; all start again.`);
  await topology.startServer();
  await topology.worker.start();
  await topology.gateway.start();
  if (await upstream.start(crashed)) throw new Error('The same request to the gateway has begun the campaign twice.');
  await end(crashed, upstream.result(crashed.id), () => upstream.results(crashed.id));

  const replayed = await replayAll(client, resolve('dist/worker/workflow-bundle.js'));
  if (replayed < 2) throw new Error(`The server has ${replayed} histories of 2 campaigns.`);
  say('Both histories replay.');
}
