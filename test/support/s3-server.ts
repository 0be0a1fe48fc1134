import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type KeptProcess, startKept } from '../../worker/embedded/server-process';
import { freePort } from './dev-server';
import { until } from './processes';
import { s3ServerProgram } from './s3-binary';

const HOST = '127.0.0.1';
const ACCESS = 'tests';
/** Where the server keeps the parts of uploads that are not complete. */
const UPLOADS = '.sgwtmp';

/** How the server runs. */
export interface Mood {
  /** Every write is refused. */
  readonly?: boolean;
  /** Bytes that no file may be larger than, as on a disk that is full. */
  fileLimit?: number;
}

/** A real S3 server on a folder. It ends with this process, however that ends. */
export class S3Server {
  readonly bucket = 'campaigns';
  private readonly secret = randomBytes(12).toString('hex');
  private readonly folder = mkdtempSync(join(tmpdir(), 's3-'));
  private readonly lock = openSync(join(this.folder, 'lock'), 'w');
  private kept: KeptProcess | undefined;

  private constructor(
    private readonly program: string,
    private readonly port: number,
  ) {
    mkdirSync(join(this.folder, 'data', this.bucket), { recursive: true });
    mkdirSync(join(this.folder, 'attributes'));
  }

  static async start(mood: Mood = {}): Promise<S3Server> {
    const server = new S3Server(await s3ServerProgram(), await freePort());
    try {
      await server.launch(mood);
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get url(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** What a process needs in its environment to use this server, and nothing else of this machine's. */
  get env(): Record<string, string> {
    return {
      AWS_ENDPOINT_URL_S3: this.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: ACCESS,
      AWS_SECRET_ACCESS_KEY: this.secret,
      AWS_EC2_METADATA_DISABLED: 'true',
    };
  }

  /** Starts it, for the first time or again. */
  async launch({ readonly = false, fileLimit }: Mood = {}): Promise<void> {
    const args = [
      ...['--port', `${HOST}:${this.port}`, '--access', ACCESS, '--secret', this.secret, '--health', '/health'],
      ...['--keep-alive', '--quiet', ...(readonly ? ['--readonly'] : [])],
      // Not every file system of a test machine keeps attributes of its own.
      ...['posix', '--sidecar', join(this.folder, 'attributes'), join(this.folder, 'data')],
    ];
    // The shell becomes the server, so the process ID stays the same.
    const limit = fileLimit === undefined ? 'unlimited' : String(fileLimit / 512);
    const shell = ['-c', `ulimit -f ${limit} && exec "$0" "$@"`, this.program, ...args];
    const kept = startKept('sh', shell, join(this.folder, 'log'), this.lock);
    this.kept = kept;
    let output: string | undefined;
    void kept.exited.then((exit) => {
      output = exit.output;
    });
    await until(
      () => `the S3 server answers; it has said: ${output ?? 'nothing'}`,
      async () => {
        if (output !== undefined) throw new Error(`The S3 server has ended: ${output}`);
        return fetch(`${this.url}/health`).then(
          (answer) => answer.ok,
          () => false,
        );
      },
    );
  }

  /** `kill -9`. */
  async kill(): Promise<void> {
    process.kill(await this.pid(), 'SIGKILL');
    await this.kept?.exited;
  }

  /** Keeps it from doing anything: connections are taken, and nothing is ever answered. */
  async freeze(): Promise<void> {
    process.kill(await this.pid(), 'SIGSTOP');
  }

  async thaw(): Promise<void> {
    process.kill(await this.pid(), 'SIGCONT');
  }

  private async pid(): Promise<number> {
    const pid = await this.kept?.started;
    if (pid === undefined) throw new Error('There is no S3 server.');
    return pid;
  }

  /** The keys of all objects, sorted. */
  async objects(): Promise<string[]> {
    return (await this.files()).filter((file) => !file.startsWith(UPLOADS)).sort();
  }

  /** Files of uploads that were begun and neither completed nor aborted. */
  async unfinished(): Promise<string[]> {
    return (await this.files()).filter((file) => file.startsWith(UPLOADS));
  }

  /** The text of an object, as it stands on the server's disk. */
  text(key: string): Promise<string> {
    return readFile(join(this.folder, 'data', this.bucket, key), 'utf8');
  }

  private async files(): Promise<string[]> {
    const root = join(this.folder, 'data', this.bucket);
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => relative(root, join(entry.parentPath, entry.name)));
  }

  async stop(): Promise<void> {
    // A frozen process does not hear that it should end.
    if (this.kept) await this.thaw().catch(() => undefined);
    await this.kept?.stop();
    closeSync(this.lock);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
