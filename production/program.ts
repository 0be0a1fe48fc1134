import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { killedAtExit } from '../test/support/kept-programs';
import { type KeptProcess, startKept } from '../worker/embedded/server-process';

/** A program with an environment of its own, which ends with this process, however that ends. */
export class Program {
  private constructor(
    readonly name: string,
    private readonly kept: KeptProcess,
    private readonly lock: number,
  ) {}

  /** Starts it; its log is written into the folder. */
  static start(name: string, command: readonly string[], env: Record<string, string>, folder: string): Program {
    const lock = openSync(join(folder, `${name}.lock`), 'w');
    const variables = Object.entries({ PATH: process.env.PATH ?? '', ...env }).map(([key, value]) => `${key}=${value}`);
    // `env` becomes the program: the process ID is the program's own.
    const kept = startKept('env', ['-i', ...variables, ...command], join(folder, `${name}.log`), lock);
    killedAtExit(kept);
    return new Program(name, kept, lock);
  }

  /** Waits for what shows that it works. @throws Error with its last words when it ends before */
  async ready(condition: Promise<void>): Promise<void> {
    const ended = await Promise.race([condition.then(() => undefined), this.kept.exited]);
    if (ended) throw new Error(`${this.name} has ended: ${ended.output.slice(-2_000)}`);
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    const pid = await this.kept.started;
    if (pid === undefined) throw new Error(`There is no ${this.name} to be killed.`);
    process.kill(pid, 'SIGKILL');
    await this.kept.exited;
    closeSync(this.lock);
  }

  async stop(): Promise<void> {
    await this.kept.stop();
  }
}
