import type { Config } from '../../worker/config';
import { WORKFLOW_TYPE } from '../campaign/standing';
import { plural, say } from '../run/print';
import { UserError } from '../user-error';
import { type CampaignHome, homesOf, isThere, serverOf } from './homes';
import { knows, namedServer, type ServerInUse } from './in-use';
import { type LeftEnd, leftEnd } from './left-end';

/** What a command needs a server for. */
export interface Need {
  /** Whether the campaign has to be carried out meanwhile, as for a change of it. Default: no, it is only looked at. */
  worker?: boolean;
}

/** A campaign where a command finds it: on a server or, with none up, ended for good in what it has left. */
export type Reached = { server: ServerInUse; left?: undefined } | { server?: undefined; left: LeftEnd };

/**
 * Where a command finds a campaign: on the Temporal server that is named, on the one of this machine that is up, in the files that the
 * campaign has left at its end, or on a server that is brought up for as long as the command takes.
 * @throws as {@link serverOfCampaign}
 */
export async function reachCampaign(config: Config, campaignId: string, need: Need = {}): Promise<Reached> {
  const up = (await namedServer(config)) ?? (await upServer(config, campaignId))?.server;
  if (up && !lacksWorker(up, need)) return { server: up };
  await up?.close();
  const left = up ? undefined : await leftEnd(homesOf(config, campaignId), campaignId);
  return left ? { left } : { server: await serverOfCampaign(config, campaignId, need) };
}

/**
 * The Temporal server of a campaign: the one that is named, the one of this machine that is up, or one that is brought up for as long as
 * the command takes. To look at a campaign none of its work is done: a worker could begin to call people, and would end with the command.
 *
 * @throws TemporalUnreachableError for a server that is named
 * @throws UserError where no server is named, and none of this machine knows the campaign
 * @throws ConfigError where a worker is needed and has no API key; EmbeddedServerError when no server can be started
 */
export async function serverOfCampaign(config: Config, campaignId: string, need: Need = {}): Promise<ServerInUse> {
  const up = (await namedServer(config)) ?? (await upServer(config, campaignId))?.server;
  if (up && !lacksWorker(up, need)) return up;
  await up?.close();
  const there = homesOf(config, campaignId).filter(isThere);
  if (there.length === 0) throw new UserError(noHome(config));
  const wokenServer = waking();
  // Only whoever holds the home may go on with the simulator's journal.
  const wake = (home: CampaignHome) => wokenServer(home, need.worker === true && home.simulated);
  const woken = await firstThatKnows(there, campaignId, wake);
  if (!woken) throw new UserError(unknown(config, campaignId));
  if (!lacksWorker(woken.server, need)) return woken.server;
  const { withWorker } = require('./own-worker') as typeof import('./own-worker');
  await sayWhatElseGoesOn(woken.server, config);
  return withWorker(woken.server, woken.home, campaignId);
}

/** A worker takes all campaigns of its server. Nothing goes on unnoticed. */
async function sayWhatElseGoesOn({ client }: ServerInUse, { home }: Config): Promise<void> {
  const query = `WorkflowType = '${WORKFLOW_TYPE}' AND ExecutionStatus = 'Running'`;
  const others = (await client.workflow.count(query)).count - 1;
  if (others > 0) say(`Meanwhile ${plural(others, 'other campaign')} of ${home} ${others === 1 ? 'goes' : 'go'} on.`);
}

function upServer(config: Config, campaignId: string) {
  return firstThatKnows(homesOf(config, campaignId), campaignId, serverOf);
}

/** What another command has brought up may have no worker, and what it has ends with it. */
function lacksWorker({ brief }: ServerInUse, { worker = false }: Need): boolean {
  return worker && brief;
}

/** The same for a command about all campaigns of a server: real ones before simulated ones. @throws as {@link serverOfCampaign} */
export async function reachServer(config: Config): Promise<ServerInUse> {
  const named = await namedServer(config);
  if (named) return named;
  const homes = homesOf(config);
  for (const home of homes) {
    const up = await serverOf(home);
    if (up) return up;
  }
  const [there] = homes.filter(isThere);
  if (!there) throw new UserError(noHome(config));
  const wokenServer = waking();
  return wokenServer(there, false);
}

/** Loaded only where a server is brought up: most commands find one. Once a command, since the SDK's runtime is set up once. */
function waking() {
  const { setUpLogging } = require('../../worker/logging') as typeof import('../../worker/logging');
  setUpLogging(process.env.DEBUG ? 'DEBUG' : 'ERROR');
  const { wokenServer } = require('./woken') as typeof import('./woken');
  return wokenServer;
}

/** The first server that knows the campaign; the others are closed. */
async function firstThatKnows(
  homes: readonly CampaignHome[],
  campaignId: string,
  serverIn: (home: CampaignHome) => Promise<ServerInUse | undefined>,
): Promise<{ server: ServerInUse; home: CampaignHome } | undefined> {
  for (const home of homes) {
    const server = await serverIn(home);
    if (!server) continue;
    const isKnown = await knows(server, campaignId).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
    if (isKnown) return { server, home };
    await server.close();
  }
  return undefined;
}

function unknown({ home }: Config, campaignId: string): string {
  return `There is no campaign ${campaignId} in ${home}. Check the ID ("bolna-campaigns list" shows those that there are) and CAMPAIGN_HOME, or set TEMPORAL_ADDRESS to the server of the campaign.`;
}

function noHome({ home }: Config): string {
  return `There are no campaigns in ${home}, and no Temporal server is named. Set CAMPAIGN_HOME to the folder of your campaigns, or set TEMPORAL_ADDRESS to their server.`;
}
