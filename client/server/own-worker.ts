import { NativeConnection } from '@temporalio/worker';
import { type BolnaRules, bolnaRules } from '../../bolna/start-time';
import { openStorage } from '../../storage/open-storage';
import { type Config, requireAccounts } from '../../worker/config';
import { createWorker } from '../../worker/worker';
import { speedOf, startSimulation } from '../run/simulation';
import type { CampaignHome } from './homes';
import type { ServerInUse } from './in-use';

/**
 * Has campaigns carried out while a command uses the server of a home; in the home of simulations, the simulator stands in for Bolna.
 * `close` ends that too: what is cut off is tried again by whoever comes next.
 * @param campaignId the one that the command is about
 * @throws ConfigError without an API key
 */
export async function withWorker(server: ServerInUse, home: CampaignHome, campaignId: string): Promise<ServerInUse> {
  const endings = [server.close];
  const close = async () => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    requireAccounts(home.config);
    const { config, rules, end } = await bolnaOf(home, campaignId);
    endings.push(end);
    const connection = await NativeConnection.connect({ address: server.address });
    endings.push(() => connection.close());
    const worker = await createWorker(config, await openStorage(config.data), connection, server.namespace, rules);
    let endWork = () => {};
    const ending = new Promise<void>((resolve) => {
      endWork = resolve;
    });
    const working = worker.runUntil(ending);
    // What it ends with is told by `close`.
    working.catch(() => undefined);
    endings.push(async () => {
      endWork();
      await working;
    });
    return Object.assign(server, { ownWorker: true, close });
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the worker takes for Bolna. */
async function bolnaOf(
  { config, simulated, at }: CampaignHome,
  campaignId: string,
): Promise<{ config: Config; rules: BolnaRules; end(): Promise<void> }> {
  if (!simulated) return { config, rules: bolnaRules(), end: async () => undefined };
  const speed = (await speedOf(config, campaignId)) ?? 1;
  const { simulator, ...simulation } = await startSimulation(at(speed), speed, {});
  return { ...simulation, end: () => simulator.close() };
}
