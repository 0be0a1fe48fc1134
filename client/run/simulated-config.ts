import { join } from 'node:path';
import ipaddr from 'ipaddr.js';
import type { Network } from '../../egress/public-address';
import { isS3Address } from '../../storage/s3-address';
import type { Config } from '../../worker/config';
import { DEFAULT_ACCOUNT } from '../../workflows/account';

const LOOPBACK: Network = [ipaddr.IPv4.parse('127.0.0.1'), 32];

/** The agent that calls in a simulation, where none is named. */
const SIMULATED_AGENT = '00000000-0000-4000-8000-000000000001';

/** The settings of a simulation: its own folder, queue and key, so that it can never touch or be taken for a real campaign. */
export function simulatedConfig(config: Config, speed: number): Config {
  const home = join(config.home, 'simulated');
  return {
    ...config,
    home,
    // An object storage that is set is tried out by a simulation too, in a folder of its own.
    data: isS3Address(config.data) ? `${config.data}/simulated` : join(home, 'data'),
    // Those of an object storage are not in that folder, and nobody is called.
    suppress: config.suppress.filter((place) => !isS3Address(place)),
    taskQueue: `${config.taskQueue}-simulated`,
    bolna: {
      ...config.bolna,
      accounts: [{ name: DEFAULT_ACCOUNT, keyName: 'BOLNA_API_KEY', key: async () => 'bn-simulated' }],
      agentId: config.bolna.agentId ?? SIMULATED_AGENT,
      leadMs: config.bolna.leadMs / speed,
    },
    // The simulator's storage of recordings is on this machine.
    allowedNetworks: [...config.allowedNetworks, LOOPBACK],
    // They would come from outside, and the address is that of real campaigns.
    webhooks: { ...config.webhooks, baseUrl: undefined },
    polling: {
      minMs: Math.max(config.polling.minMs / speed, 250),
      maxMs: Math.max(config.polling.maxMs / speed, 1_000),
    },
  };
}
