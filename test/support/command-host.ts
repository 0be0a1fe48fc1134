import { resolve } from 'node:path';
import type { Ended } from './cli';
import { prepared } from './env';
import { pool, startNode, type TestProcess, within } from './processes';

/**
 * One process for many commands: to start one takes a hundred times as much computing as most commands themselves. It is started with
 * the first.
 */
export class CommandHost {
  private process: TestProcess | undefined;
  private readonly oneAfterAnother = pool(1);
  private hear: (ended: Ended) => void = () => undefined;

  /** Runs a command to its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Ended> {
    return this.oneAfterAnother(async () => {
      const process = this.started();
      const ended = new Promise<Ended>((heard) => {
        this.hear = heard;
      });
      process.tell({ args, env: { PATH: global.process.env.PATH, ...env }, cwd });
      const died = process.exited.then(() => {
        throw new Error(`The process of the commands has ended: ${process.stderr()}`);
      });
      return within(150_000, () => args.join(' '), Promise.race([ended, died]));
    });
  }

  async end(): Promise<void> {
    await this.process?.end('SIGKILL');
    this.process = undefined;
  }

  private started(): TestProcess {
    const env = { TEST_BUILD: prepared('TEST_BUILD') };
    const onMessage = (message: unknown) => this.hear(message as Ended);
    this.process ??= startNode([resolve('test/support/command-process.js')], env, { onMessage });
    return this.process;
  }
}
