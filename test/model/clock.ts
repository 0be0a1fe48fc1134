import { DAY, HOUR, MINUTE } from '../support/rig';
import type { TestServer } from '../support/test-server';

/** Real milliseconds after which it is asked whether the server still skips time. */
const SUSPICIOUS_MS = 8_000;

/**
 * The time-skipping server has lost its way: it holds its clock although no attempt is under way, or has let it run on by
 * years. Known of it where a halt crosses with an attempt; a real server does neither.
 */
export class ServerStuckError extends Error {}

/** What time is, and how it passes, on one kind of server. */
export interface ModelClock {
  /** Milliseconds since the epoch. */
  now(): Promise<number>;
  /** Lets no more time pass, where that can be had. To be called while an attempt is under way. */
  hold(): Promise<void>;
  /**
   * Lets time pass until `enough`.
   * @param most how long at the most, in milliseconds of Bolna
   * @param everyMs the longest interval at which it is asked
   * @returns whether it was enough before the time was up
   */
  pass(most: number, enough?: () => boolean | Promise<boolean>, everyMs?: number): Promise<boolean>;
}

/** A real server's: nothing holds it, and Bolna is so much faster. */
export class RealClock implements ModelClock {
  constructor(private readonly speed: number) {}

  async now(): Promise<number> {
    return Date.now();
  }

  async hold(): Promise<void> {}

  async pass(most: number, enough: () => boolean | Promise<boolean> = () => false): Promise<boolean> {
    const until = Date.now() + most / this.speed;
    for (;;) {
      if (await enough()) return true;
      if (Date.now() >= until) return false;
      await real(Math.min(50, until - Date.now()));
    }
  }
}

/** The time-skipping server's clock: let go for a while, and held at the moment that something is to be done. */
export class SkippingClock implements ModelClock {
  #sleep: Promise<void> | undefined;
  #held = false;
  #stop = () => {};
  #stopped = new Promise<void>((resolve) => {
    this.#stop = resolve;
  });

  /** @param busy whether attempts are under way, for which the server holds its clock rightly */
  constructor(
    private readonly env: TestServer,
    private readonly busy: () => boolean,
  ) {}

  now(): Promise<number> {
    return this.env.currentTimeMs();
  }

  /** An attempt is under way, for which the server holds its clock: it is not let go at its end. */
  async hold(): Promise<void> {
    if (this.#held) return;
    this.#held = true;
    await this.env.connection.testService?.lockTimeSkipping({});
    this.#stop();
  }

  /** Asks at growing intervals, and whenever the clock is held. */
  async pass(
    most: number,
    enough: () => boolean | Promise<boolean> = () => false,
    everyMs = 8 * HOUR,
  ): Promise<boolean> {
    const until = (await this.now()) + most;
    if (this.#held) await this.#release();
    for (let interval = MINUTE; ; interval = Math.min(interval * 2, everyMs)) {
      if (await enough()) return true;
      const left = until - (await this.now());
      if (left < -365 * DAY) throw new ServerStuckError('The server has let its clock run on by years.');
      if (left <= 0 && !this.#sleep) return false;
      this.#sleep ??= this.#slept(Math.min(left, interval));
      await this.#watched(Promise.race([this.#sleep, this.#stopped]));
    }
  }

  #slept(ms: number): Promise<void> {
    const sleep = this.env.sleep(ms).finally(() => {
      this.#sleep = undefined;
    });
    sleep.catch(() => undefined);
    return sleep;
  }

  async #release(): Promise<void> {
    this.#held = false;
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    await this.env.connection.testService?.unlockTimeSkipping({});
  }

  /** @throws ServerStuckError if the server's clock goes no faster than a real one, with nothing to wait for */
  async #watched(sleep: Promise<void>): Promise<void> {
    let over = false;
    const done = sleep.finally(() => {
      over = true;
    });
    // Of a server that is given up nobody waits for this any more.
    done.catch(() => undefined);
    for (;;) {
      await Promise.race([done, real(SUSPICIOUS_MS)]);
      if (over) return done;
      const before = await this.now();
      let idle = true;
      for (let look = 0; look < 20; look++) {
        idle &&= !this.busy();
        await real(100);
      }
      if (idle && !over && (await this.now()) - before < MINUTE) {
        throw new ServerStuckError('The server holds its clock, and no attempt is under way.');
      }
    }
  }
}

function real(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
