import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BolnaRules, bolnaRules } from '../../bolna/start-time';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import type { Config } from '../../worker/config';
import { explainHomeFailure } from '../../worker/embedded/errors';
import { UserError } from '../user-error';

/** A stand-in for Bolna, and the settings under which a campaign uses it instead of the hosted API. */
export interface Simulation {
  config: Config;
  rules: BolnaRules;
  simulator: Simulator;
}

const JOURNAL = /^bolna-at-speed-(\d+(?:\.\d+)?)\.jsonl$/;

/** @throws UserError where a campaign was begun at another speed: the simulator of that one knows its batch, and this one does not */
export async function refuseOtherSpeed({ home }: Config, speed: number, campaignId: string): Promise<void> {
  for (const name of await readdir(home)) {
    const [, other] = JOURNAL.exec(name) ?? [];
    if (other === undefined || Number(other) === speed) continue;
    const lines = createInterface({ input: createReadStream(join(home, name)) });
    for await (const line of lines) {
      if (!line.includes(`"${campaignId}-`)) continue;
      throw new UserError(
        `Campaign ${campaignId} is under way at --speed ${other}: type that to go on with it, or choose another --id.`,
      );
    }
  }
}

/**
 * Starts the simulator, `speed` times as fast as Bolna. Its journal stands beside the campaigns, so that a simulation that
 * is interrupted goes on like a real one.
 * @param agent fields of the agent, as `GET /v2/agent/{id}` answers them
 */
export async function startSimulation(
  config: Config,
  speed: number,
  agent: Record<string, unknown>,
): Promise<Simulation> {
  const { home } = config;
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw explainHomeFailure(home, error);
  });
  const simulator = await startSimulator({ speed, agent, journal: join(home, `bolna-at-speed-${speed}.jsonl`) });
  const bolna = { ...config.bolna, baseUrl: simulator.url };
  return { config: { ...config, bolna }, rules: bolnaRules(speed), simulator };
}
