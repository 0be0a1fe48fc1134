import { join } from 'node:path';
import type { WalletUnit } from '../../bolna/wallet';
import type { Step } from '../../client/verify/step';
import { STEPS } from '../../client/verify/steps';
import { Traces } from '../../client/verify/traces';
import { type Verified, verifyApi } from '../../client/verify/verify';
import { World } from '../../client/verify/world';
import type { SimulatorOptions } from '../../simulator/options';
import { removeFolder, temporaryFolder } from './folders';
import { AGENT, SECOND, SimulatorRig } from './simulator';
import { type Tamper, TamperingDoor } from './tampering';

/** `verify-api` on a clock of the test's, where a minute costs nothing. */
export class VerifyRig {
  readonly interrupted = new AbortController();
  /** By how much this machine's clock is ahead of Bolna's, in milliseconds. */
  clockIsAhead = 0;
  /** Milliseconds. */
  watchMs = 10 * SECOND;
  walletUnit: WalletUnit = 'cents';

  private constructor(
    readonly bolna: SimulatorRig,
    readonly door: TamperingDoor | undefined,
    private readonly folder: string,
  ) {}

  /** @param tamper changes what Bolna answers */
  static async start(options: SimulatorOptions = {}, tamper?: Tamper): Promise<VerifyRig> {
    const bolna = await SimulatorRig.start(options);
    const door = tamper && (await TamperingDoor.before(bolna.simulator.url, tamper));
    return new VerifyRig(bolna, door, temporaryFolder('verify-'));
  }

  world(): World {
    const { clock } = this.bolna;
    return new World({
      connection: { apiKey: 'bn-test', baseUrl: this.door?.url ?? this.bolna.simulator.url, timeoutMs: 5_000 },
      agentId: AGENT,
      walletUnit: this.walletUnit,
      traces: new Traces(join(this.folder, 'verify-api'), { baseUrl: 'https://bolna', account: 'default' }),
      watchMs: this.watchMs,
      clock: () => clock.now() + this.clockIsAhead,
      sleep: async (ms) => clock.pass(ms),
      interrupted: this.interrupted.signal,
    });
  }

  async verify(steps: readonly Step[] = STEPS): Promise<Verified> {
    const world = this.world();
    try {
      return await verifyApi(world, steps);
    } finally {
      await world.close();
    }
  }

  /** Batches that Bolna still has. */
  standing(): string[] {
    return this.bolna.simulator.batches().flatMap(({ deleted, fileName }) => (deleted ? [] : fileName));
  }

  async close(): Promise<void> {
    await this.door?.close();
    await this.bolna.close();
    removeFolder(this.folder);
  }
}

/** The verdicts by check. */
export function verdictsOf({ lines }: Verified): Record<string, string> {
  return Object.fromEntries(lines.map(({ check, verdict }) => [check, verdict]));
}
