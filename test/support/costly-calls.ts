import { bolnaRules } from '../../bolna/start-time';
import type { SimulatorOptions } from '../../simulator/options';
import { Rig } from './rig';
import type { TestServer } from './test-server';

export const CENTS_A_CALL = 6;
const LINES = 2;
/** Each call is a minute. */
export const calls: SimulatorOptions = {
  rules: { concurrency: LINES, centsPerMinute: CENTS_A_CALL },
  outcomes: () => ({
    status: 'completed',
    ringSeconds: 5,
    talkSeconds: 60,
    postProcessingSeconds: 60,
    voicemail: false,
  }),
};

/**
 * A rig on a real server whose calls cost something: the time-skipping one mishandles a halt of a look under way.
 * @param speed how much faster than Bolna the simulator is; default: its minute is 600 ms
 * @param leadMs how far ahead of its start a batch is scheduled
 */
export function costlyRig(env: TestServer, speed = 100, leadMs = 3_000): Promise<Rig> {
  const context = { rules: bolnaRules(speed), leadMs, polling: { minMs: 100, maxMs: 500 } };
  return Rig.start({ env, ...calls, speed, context });
}
