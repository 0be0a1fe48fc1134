import { setTimeout as delay } from 'node:timers/promises';
import { BolnaClient } from '../../bolna/client';
import { BolnaError } from '../../bolna/errors';
import { type BolnaConnection, BolnaHttp } from '../../bolna/http';
import { BolnaTime, type Clock } from '../../bolna/time';
import type { WalletUnit } from '../../bolna/wallet';
import { Answers } from './answers';
import type { Traces } from './traces';

/** The batch that is looked at. */
export interface OwnBatch {
  batchId: string;
  fileName: string;
  agentId: string;
  /** Of its one row, E.164; unknown of a batch that an earlier run has left. */
  number?: string;
  /** Starts that Bolna may keep to, in milliseconds since the epoch, the earliest first. */
  starts?: readonly number[];
}

/** What the checks work with. */
export interface WorldSetup {
  connection: Pick<BolnaConnection, 'apiKey' | 'keyName' | 'baseUrl' | 'timeoutMs'>;
  agentId: string;
  /** What Bolna's number of the wallet is taken for (BOLNA_WALLET_UNIT). */
  walletUnit: WalletUnit;
  /** Where it is written down what may have to be deleted. */
  traces: Traces;
  /** How long the unscheduled batch is watched, in milliseconds. */
  watchMs: number;
  /** Milliseconds since the epoch. A test's clock may be virtual. */
  clock: Clock;
  /** Waits, in milliseconds, but no longer than until it is interrupted. */
  sleep: (ms: number) => Promise<void>;
  interrupted: AbortSignal;
}

/** Thrown where a person ends the checks. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** How often a request that got no usable answer is sent, where sending it again changes nothing. */
const MOST_ATTEMPTS = 4;
const BETWEEN_ATTEMPTS_MS = 3_000;

/** Bolna, the clock, and what is known so far. */
export class World {
  readonly answers = new Answers();
  readonly bolna: BolnaClient;
  readonly http: BolnaHttp;
  /** Bolna's, from the dates of its answers. */
  readonly time: BolnaTime;
  batch: OwnBatch | undefined;
  /** Whether it is only being cleaned up: that is not interrupted. */
  isCleaningUp = false;

  constructor(readonly setup: WorldSetup) {
    this.time = new BolnaTime(setup.clock);
    const onAnswer: BolnaConnection['onAnswer'] = (answer) => this.answers.add(answer);
    const connection = { ...setup.connection, time: this.time, onAnswer };
    this.bolna = new BolnaClient(connection);
    this.http = new BolnaHttp(connection);
  }

  get agentId(): string {
    return this.setup.agentId;
  }

  /** Milliseconds since the epoch, by this machine. */
  async now(): Promise<number> {
    return this.setup.clock();
  }

  /** @throws Interrupted */
  async sleep(ms: number): Promise<void> {
    const { interrupted, sleep } = this.setup;
    if (!interrupted.aborted) await sleep(ms);
    else if (this.isCleaningUp) await delay(ms);
    if (interrupted.aborted && !this.isCleaningUp) throw new Interrupted();
  }

  /** Sends what may be sent again until an answer says something. @throws BolnaError */
  async persist<T>(ask: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask();
      } catch (error) {
        if (attempt === MOST_ATTEMPTS || !isPassing(error)) throw error;
        await this.sleep(error.retryAfterMs ?? BETWEEN_ATTEMPTS_MS);
      }
    }
  }

  /**
   * Asks again and again until an answer will do.
   * @returns the answer, and after how many milliseconds it came; undefined if none did within `limitMs`
   */
  async until<T>(
    limitMs: number,
    ask: () => Promise<T | undefined>,
  ): Promise<{ value: T; afterMs: number } | undefined> {
    const from = await this.now();
    for (;;) {
      const value = await ask().catch((error: unknown) => {
        if (!isPassing(error)) throw error;
        return undefined;
      });
      const afterMs = (await this.now()) - from;
      if (value !== undefined) return { value, afterMs };
      if (afterMs >= limitMs) return undefined;
      await this.sleep(pauseAfter(afterMs));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.bolna.close(), this.http.close()]);
  }
}

/** Every second at first, when things still change, then every five: in milliseconds. */
export function pauseAfter(ms: number): number {
  return ms < 10_000 ? 1_000 : 5_000;
}

/** Whether the same request may be answered a little later. */
export function isPassing(error: unknown): error is BolnaError {
  return error instanceof BolnaError && (error.kind === 'unavailable' || error.kind === 'rate-limited');
}
