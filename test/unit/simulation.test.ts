import { rm } from 'node:fs/promises';
import { BolnaClient } from '../../bolna/client';
import { simulatedConfig } from '../../client/run/simulated-config';
import { startSimulation } from '../../client/run/simulation';
import { readConfig } from '../../worker/config';
import { temporaryFolder } from '../support/folders';

const home = temporaryFolder('simulation-');
afterAll(() => rm(home, { recursive: true }));

test.each(['cents', 'units'])(
  'the simulator of a simulation tells the wallet in the %s of BOLNA_WALLET_UNIT',
  async (unit) => {
    const config = simulatedConfig(readConfig({ CAMPAIGN_HOME: home, BOLNA_WALLET_UNIT: unit }), 60);
    const { simulator, config: used } = await startSimulation(config, 60, {});
    const { baseUrl, timeoutMs, walletUnit } = used.bolna;
    const client = new BolnaClient({ apiKey: 'bn-any', baseUrl, timeoutMs, walletUnit });
    expect((await client.account()).wallet).toEqual({
      amount: 10_000,
      told: unit === 'cents' ? 1_000_000 : 10_000,
      unit,
    });
    await Promise.all([client.close(), simulator.close()]);
  },
);
