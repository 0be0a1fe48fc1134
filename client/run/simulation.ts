import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type BolnaRules, bolnaRules } from '../../bolna/start-time';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import type { Config } from '../../worker/config';
import { explainHomeFailure } from '../../worker/embedded/home';

/** A stand-in for Bolna, and the settings under which a campaign uses it instead of the hosted API. */
export interface Simulation {
  config: Config;
  rules: BolnaRules;
  simulator: Simulator;
}

/**
 * Starts the simulator, `speed` times as fast as Bolna. Its journal stands beside the campaigns, so that a simulation that
 * is interrupted goes on like a real one.
 */
export async function startSimulation(config: Config, speed: number): Promise<Simulation> {
  const { home } = config;
  await mkdir(home, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw explainHomeFailure(home, error);
  });
  const simulator = await startSimulator({ speed, journal: join(home, `bolna-at-speed-${speed}.jsonl`) });
  const bolna = { ...config.bolna, baseUrl: simulator.url };
  return { config: { ...config, bolna }, rules: bolnaRules(speed), simulator };
}
