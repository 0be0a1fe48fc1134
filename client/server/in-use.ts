import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import type { Config } from '../../worker/config';
import { homeNamespace, readServerRecord } from '../../worker/embedded/record';
import { USUAL_STARTS } from '../../workflows/first-start';
import { connectTemporal } from '../campaign/connect';
import type { CampaignClient } from '../campaigns';
import { simulatedConfig } from '../run/simulated-config';
import { UserError } from '../user-error';

/** Milliseconds that a server on this machine has for an answer. */
const NEARBY_MS = 3_000;

/** The Temporal server that a command talks to, and the settings under which its campaigns run. */
export interface ServerInUse {
  config: Config;
  address: string;
  namespace: string;
  client: Client;
  readonly campaigns: CampaignClient;
  /** Address of the web UI, where it is known. */
  uiUrl: string | undefined;
  /** Whether it is that of a simulation, whose settings differ. */
  simulated: boolean;
  /** Whether a server still answers, and is still this one: when an embedded server is gone, another may take its port. */
  isStillThere(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects to the Temporal server in use: the one that TEMPORAL_ADDRESS or Temporal's own configuration names, else the one that a
 * `run`, `demo` or `worker --embedded` of this machine has up. Starts none, and takes no lock.
 *
 * @param campaignId where both a real and a simulated campaign run on this machine, decides for the server that knows it
 * @throws TemporalUnreachableError for a server that is named; UserError when none is, and none is up
 */
export async function serverInUse(config: Config, campaignId?: string): Promise<ServerInUse> {
  const found = await findServer(config, campaignId);
  if (found) return found;
  throw new UserError(noServer(config, simulatedConfig(config, 1)));
}

/** The same; undefined where no server is named, and none of this machine is up. @throws TemporalUnreachableError */
export async function findServer(config: Config, campaignId?: string): Promise<ServerInUse | undefined> {
  const { temporalAddress } = config;
  if (temporalAddress !== undefined) {
    const { connection, namespace } = await connectTemporal({ address: temporalAddress });
    return connected(config, { address: temporalAddress, namespace, uiUrl: undefined }, connection, {
      simulated: false,
      isStillThere: async () => true,
    });
  }
  // The speed of a simulation is of no matter to whoever only looks at it.
  const simulation = simulatedConfig(config, 1);
  const real = await embedded(config, false);
  const simulated = await embedded(simulation, true);
  if (real && simulated) {
    const preferred = campaignId !== undefined && (await knows(simulated, campaignId)) ? simulated : real;
    await (preferred === real ? simulated : real).close();
    return preferred;
  }
  return real ?? simulated;
}

/** What is missing, and what becomes of campaigns meanwhile. */
function noServer({ home }: Config, simulation: Config): string {
  const none =
    'No Temporal server is named, and none of this machine is up: set TEMPORAL_ADDRESS to the server of your campaigns, or start one with "bolna-campaigns worker --embedded".';
  const kept = isThere(home)
    ? ` The campaigns of ${home} are kept, and go on when it is up again; what Bolna was given, it calls meanwhile.`
    : '';
  const simulated = isThere(simulation.home)
    ? ' The server of a simulation is up only while that runs; "results" and "report" need none.'
    : '';
  return `${none}${kept}${simulated}`;
}

/** Whether a home has had a server. */
export function isThere(home: string): boolean {
  return existsSync(join(home, 'temporal.db'));
}

/** The server of a campaign home, if it is up; a record that a killed one has left leads nowhere, or to another's. */
async function embedded(config: Config, simulated: boolean): Promise<ServerInUse | undefined> {
  const record = readServerRecord(config.home);
  if (!record) return undefined;
  let connection: Connection | undefined;
  try {
    const opened = await Connection.connect({ address: record.address, connectTimeout: NEARBY_MS, tls: false });
    connection = opened;
    if (!(await isServerOf(config.home, opened))) throw new Error('Another server has taken its port.');
    return connected(config, record, opened, { simulated, isStillThere: () => isServerOf(config.home, opened) });
  } catch {
    await connection?.close();
    return undefined;
  }
}

/** Whether the server at the other end answers, and is the one of this campaign home. */
export async function isServerOf(home: string, connection: ConnectionLike): Promise<boolean> {
  const namespace = homeNamespace(home);
  try {
    const deadline = Date.now() + NEARBY_MS;
    await connection.withDeadline(deadline, () => connection.workflowService.describeNamespace({ namespace }));
    return true;
  } catch {
    return false;
  }
}

type Place = Pick<ServerInUse, 'address' | 'namespace' | 'uiUrl'>;

function connected(
  config: Config,
  place: Place,
  connection: Connection,
  rest: Pick<ServerInUse, 'simulated' | 'isStillThere'>,
): ServerInUse {
  const client = new Client({ connection, namespace: place.namespace });
  return inUse(config, place, client, { ...rest, close: () => connection.close() });
}

/** @param rest how it is closed and recognized, and whether it is that of a simulation */
export function inUse(
  config: Config,
  { address, namespace, uiUrl }: Place,
  client: Client,
  rest: Pick<ServerInUse, 'simulated' | 'isStillThere' | 'close'>,
): ServerInUse {
  return {
    ...{ config, address, namespace, uiUrl, client },
    ...rest,
    // One look at a campaign needs little of it.
    get campaigns() {
      const { CampaignClient } = require('../campaigns') as typeof import('../campaigns');
      return new CampaignClient(client, {
        taskQueue: config.taskQueue,
        storage: config.data,
        starts: { ...USUAL_STARTS, leadMs: config.bolna.leadMs },
      });
    },
  };
}

/** @throws UserError for the server of a simulation: who starts a campaign there would believe that people are called */
export function refuseSimulated({ simulated }: Pick<ServerInUse, 'simulated'>): void {
  if (simulated) throw new UserError(ONLY_SIMULATED);
}

const ONLY_SIMULATED =
  'Only the server of a simulation is up, where nobody is called: start one with "bolna-campaigns worker --embedded", or set TEMPORAL_ADDRESS.';

async function knows({ campaigns }: ServerInUse, campaignId: string): Promise<boolean> {
  return (await campaigns.standing(campaignId)) !== undefined;
}
