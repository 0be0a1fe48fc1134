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
  for (const other of await speedsOf(home)) {
    if (other === speed || !(await isOfSpeed(home, other, campaignId))) continue;
    throw new UserError(
      `Campaign ${campaignId} is under way at --speed ${other}: type that to go on with it, or choose another --id.`,
    );
  }
}

/** The speed at which a campaign was begun; where no simulator knows its batch yet, any that there was. Undefined where there was none. */
export async function speedOf({ home }: Config, campaignId: string): Promise<number | undefined> {
  const speeds = await speedsOf(home);
  for (const speed of speeds) if (await isOfSpeed(home, speed, campaignId)) return speed;
  return speeds[0];
}

/** The speeds at which there were simulators in a home. */
async function speedsOf(home: string): Promise<number[]> {
  return (await readdir(home)).flatMap((name) => {
    const [, speed] = JOURNAL.exec(name) ?? [];
    return speed === undefined ? [] : [Number(speed)];
  });
}

async function isOfSpeed(home: string, speed: number, campaignId: string): Promise<boolean> {
  const lines = createInterface({ input: createReadStream(journalAt(home, speed)) });
  for await (const line of lines) if (line.includes(`"${campaignId}-`)) return true;
  return false;
}

function journalAt(home: string, speed: number): string {
  return join(home, `bolna-at-speed-${speed}.jsonl`);
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
  // It tells the wallet in the unit of the setting, as Bolna does.
  const rules = { walletUnit: config.bolna.walletUnit };
  const simulator = await startSimulator({ speed, agent, rules, journal: journalAt(home, speed) });
  const bolna = { ...config.bolna, baseUrl: simulator.url };
  return { config: { ...config, bolna }, rules: bolnaRules(speed), simulator };
}
