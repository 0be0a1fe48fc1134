import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../../worker/config';
import { simulatedConfig } from '../run/simulated-config';
import { embedded, type ServerInUse } from './in-use';

/** A folder of this machine with campaigns and the database of their Temporal server: the CAMPAIGN_HOME, or that of its simulations. */
export interface CampaignHome {
  config: Config;
  simulated: boolean;
  /** The settings at a speed; those of real campaigns know none. */
  at(speed: number): Config;
}

/** Campaign IDs that `run --simulate` makes. */
const SIMULATED_ID = /^simulated-/;

/** Both homes, the likelier first. @param campaignId whose home is looked for, if one's is */
export function homesOf(config: Config, campaignId?: string): [CampaignHome, CampaignHome] {
  const real = { config, simulated: false, at: () => config };
  const at = (speed: number) => simulatedConfig(config, speed);
  // The speed of a simulation is of no matter to whoever only looks at it.
  const simulation = { config: at(1), simulated: true, at };
  return SIMULATED_ID.test(campaignId ?? '') ? [simulation, real] : [real, simulation];
}

/** The server of a home, where one is up. */
export function serverOf({ config, simulated }: CampaignHome): Promise<ServerInUse | undefined> {
  return embedded(config, simulated);
}

/** Whether a home has had a server. */
export function isThere({ config }: Pick<CampaignHome, 'config'>): boolean {
  return existsSync(join(config.home, 'temporal.db'));
}
