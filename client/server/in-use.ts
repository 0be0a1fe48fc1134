import { Client, Connection, type ConnectionLike } from '@temporalio/client';
import type { Config } from '../../worker/config';
import { type Hold, holdServer } from '../../worker/embedded/hold';
import { homeNamespace, readServerRecord } from '../../worker/embedded/record';
import { USUAL_STARTS } from '../../workflows/first-start';
import { connectTemporal } from '../campaign/connect';
import { NamedStorage } from '../campaign/named-storage';
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
  /** Where its campaigns' files are. */
  readonly storage: NamedStorage;
  /** Address of the web UI, where it is known. */
  uiUrl: string | undefined;
  /** Whether it is that of a simulation, whose settings differ. */
  simulated: boolean;
  /**
   * Whether it is up only for commands, and for no longer than they take: there is no worker but one that such a command has brought, and
   * none will come.
   */
  brief: boolean;
  /** Whether this command has brought a worker along. */
  ownWorker?: boolean;
  /** Whether a server still answers, and is still this one: when an embedded server is gone, another may take its port. */
  isStillThere(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Connects to the Temporal server in use: the one that TEMPORAL_ADDRESS or Temporal's own configuration names, else the one that a
 * `run`, `demo` or `worker --embedded` of this machine has up. Starts none, and takes no lock.
 *
 * @throws TemporalUnreachableError for a server that is named; UserError when none is, and none is up
 */
export async function serverInUse(config: Config): Promise<ServerInUse> {
  const found = await namedServer(config);
  if (found) return found;
  for (const simulated of [false, true]) {
    const up = await embedded(simulated ? simulatedConfig(config, 1) : config, simulated);
    // What is up for another command's sake is gone with it.
    if (up && !up.brief) return up;
    await up?.close();
  }
  throw new UserError(NO_SERVER);
}

/** The server that TEMPORAL_ADDRESS or Temporal's own configuration names; undefined where none is. @throws TemporalUnreachableError */
export async function namedServer(config: Config): Promise<ServerInUse | undefined> {
  const { temporalAddress } = config;
  if (temporalAddress === undefined) return undefined;
  const { connection, namespace } = await connectTemporal({ address: temporalAddress });
  return connected(config, { address: temporalAddress, namespace, uiUrl: undefined }, connection, {
    simulated: false,
    brief: false,
    isStillThere: async () => true,
  });
}

const NO_SERVER =
  'No Temporal server is named, and none of this machine is up: set TEMPORAL_ADDRESS to the server of your campaigns, or start one with "bolna-campaigns worker --embedded".';

/** The server of a campaign home, if it is up, kept up where it is brief; a record that a killed one has left leads nowhere, or to another's. */
export async function embedded(config: Config, simulated: boolean): Promise<ServerInUse | undefined> {
  const record = readServerRecord(config.home);
  if (!record) return undefined;
  let connection: Connection | undefined;
  let hold: Hold | undefined;
  const brief = record.holdPort !== undefined;
  try {
    // First, so that it stays while this one uses it.
    if (record.holdPort !== undefined) {
      hold = await holdServer(record.holdPort);
      if (!hold) return undefined;
    }
    const opened = await Connection.connect({ address: record.address, connectTimeout: NEARBY_MS, tls: false });
    connection = opened;
    if (!(await isServerOf(config.home, opened))) throw new Error('Another server has taken its port.');
    const isStillThere = () => isServerOf(config.home, opened);
    return connected(config, record, opened, { simulated, brief, isStillThere }, hold);
  } catch {
    await connection?.close();
    hold?.release();
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
  rest: Pick<ServerInUse, 'simulated' | 'brief' | 'isStillThere'>,
  hold?: Hold,
): ServerInUse {
  const client = new Client({ connection, namespace: place.namespace });
  const close = async () => {
    await connection.close();
    hold?.release();
  };
  return inUse(config, place, client, { ...rest, close });
}

/** @param rest how it is closed and recognized, and whether it is that of a simulation */
export function inUse(
  config: Config,
  { address, namespace, uiUrl }: Place,
  client: Client,
  rest: Pick<ServerInUse, 'simulated' | 'brief' | 'isStillThere' | 'close'>,
): ServerInUse {
  return {
    ...{ config, address, namespace, uiUrl, client, storage: new NamedStorage(config.data) },
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

export async function knows({ campaigns }: ServerInUse, campaignId: string): Promise<boolean> {
  return (await campaigns.standing(campaignId)) !== undefined;
}
