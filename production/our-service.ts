import { startNode, type TestProcess, until } from '../test/support/processes';

/** How one of the services that are made of our own image runs as a process of this machine. */
export interface OurServiceOptions {
  name: string;
  /** The command of `bolna-campaigns`, with its flags. */
  command: readonly string[];
  env: Record<string, string>;
  /** What it says once it works. */
  sign: string;
  /** What node is given to look at its health. */
  healthcheck: readonly string[];
}

const CLI = 'dist/client/cli.js';
const START_LIMIT_MS = 120_000;

/** A worker or a gateway: the shipped program, with what its container has. */
export class OurService {
  private process: TestProcess | undefined;

  constructor(private readonly options: OurServiceOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Starts it, for the first time or again: over and over until it works, as Docker does. */
  async start(): Promise<void> {
    const { name, command, env, sign } = this.options;
    let ended = true;
    const start = () => {
      ended = false;
      this.process = startNode([CLI, ...command], env);
      void this.process.exited.then(() => {
        ended = true;
      });
    };
    await until(
      () => `a ${name} that works\n${this.log()}`,
      () => {
        if (ended) start();
        return this.log().includes(sign);
      },
      START_LIMIT_MS,
    );
  }

  /** What it has logged since it was started last. */
  log(): string {
    return this.process?.stderr() ?? '';
  }

  async isHealthy(): Promise<boolean> {
    const { code } = await startNode(this.options.healthcheck, this.options.env).exited;
    return code === 0;
  }

  /** `kill -9`, or as Docker stops it. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    await this.process?.end(signal);
    this.process = undefined;
  }
}

/** A new token for the gateway, and the line of its file that lets it in, as somebody makes them at a terminal. */
export async function makeToken(): Promise<{ token: string; line: string }> {
  const making = startNode([CLI, 'token', 'check', '--role', 'operator'], {});
  await making.exited;
  const [token] = /\bbc_\S+/.exec(making.stderr()) ?? [];
  if (token === undefined) throw new Error(`No token was made: ${making.stderr()}`);
  return { token, line: making.stdout() };
}

/** How many of Bolna's webhooks a gateway has taken, as its log says: the address of a request and the answer stand on lines of their own. */
export function webhooksTaken(log: string): number {
  const lines = log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const asked = lines.filter(({ req }) => req?.url?.startsWith('/webhooks/bolna/')).map(({ reqId }) => reqId);
  return lines.filter(({ reqId, res }) => asked.includes(reqId) && res?.statusCode === 202).length;
}
