import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pool, startNode, type TestProcess, until } from '../test/support/processes';
import { NO_ORDERS, type Orders } from './orders';

/** A worker takes a second of a core to start and next to nothing from then on: many may wait at once, but few start. */
const startOne = pool(2);
/** What an operator's supervisor takes to notice a dead process. */
const RESTART_MS = 300;

/** The worker processes of a campaign. As under a supervisor, one that ends is followed by another. */
export class Crew {
  /** The worker started last. */
  current: TestProcess | undefined;
  private readonly workers = new Set<TestProcess>();
  private readonly all: TestProcess[] = [];
  private orders = NO_ORDERS;
  private closing = false;
  /** How long the next dead one is missed, milliseconds. */
  private pauseMs = RESTART_MS;

  /** @param onObeyed hears which of the storage's orders was carried out */
  constructor(
    private readonly env: NodeJS.ProcessEnv,
    private readonly onObeyed: (id: string) => void,
  ) {}

  /** Starts a worker beside those there are, and resolves once it works, or has ended and is followed by another. */
  async start(): Promise<void> {
    await startOne(async () => {
      if (this.closing) return;
      const env = { ...this.env, CHAOS_ORDERS: JSON.stringify(this.orders) };
      const onMessage = (message: unknown) => {
        if (isObeyed(message)) this.onObeyed(message.obeyed);
      };
      const worker = startNode([resolve('chaos/worker.js')], env, { onMessage });
      this.workers.add(worker);
      this.all.push(worker);
      this.current = worker;
      let ended = false;
      void worker.exited.then(() => {
        ended = true;
        this.workers.delete(worker);
        void this.follow();
      });
      await until(
        () => `a worker that works\n${worker.stderr()}`,
        () => ended || this.closing || worker.stderr().includes('Worker on task queue'),
      );
    });
  }

  /** `kill -9` of every worker there is. @param pauseMs until the next one is started */
  async kill(pauseMs = RESTART_MS): Promise<void> {
    this.pauseMs = pauseMs;
    await Promise.all([...this.workers].map((worker) => worker.end('SIGKILL')));
  }

  /** What all workers do from now on, and those to come. */
  order(change: Partial<Orders>): void {
    this.orders = { ...this.orders, ...change };
    for (const worker of this.workers) worker.tell(this.orders);
  }

  get standing(): Orders {
    return this.orders;
  }

  /** The last that each worker printed. */
  words(): string[] {
    return this.all.map((worker) => worker.stderr().slice(-2_000));
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.workers].map((worker) => worker.end('SIGKILL')));
  }

  private async follow(): Promise<void> {
    const { pauseMs } = this;
    this.pauseMs = RESTART_MS;
    await delay(pauseMs, undefined, { ref: false });
    if (!this.closing) await this.start().catch(() => undefined);
  }
}

function isObeyed(message: unknown): message is { obeyed: string } {
  return typeof message === 'object' && message !== null && 'obeyed' in message && typeof message.obeyed === 'string';
}
