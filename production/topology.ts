import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../test/support/dev-server';
import { removeFolder, temporaryFolder } from '../test/support/folders';
import { startNode, type TestProcess, until, within } from '../test/support/processes';
import { environmentElsewhere, type Services } from './compose';
import { startPostgres } from './postgres';
import { Program } from './program';
import type { Programs } from './requirements';

const HOST = '127.0.0.1';
/** The ports that the server's services have to themselves in a container. */
const PORTS = [
  ...['FRONTEND_GRPC_PORT', 'FRONTEND_HTTP_PORT', 'FRONTEND_MEMBERSHIP_PORT'],
  ...['MATCHING_GRPC_PORT', 'MATCHING_MEMBERSHIP_PORT', 'HISTORY_GRPC_PORT', 'HISTORY_MEMBERSHIP_PORT'],
  ...['WORKER_GRPC_PORT', 'WORKER_MEMBERSHIP_PORT'],
];
const JOB_LIMIT_MS = 120_000;

/** What docker-compose.yml starts, but for the UI, as processes of this machine: with its environment, its jobs and its flags. */
export class Topology {
  readonly folder = temporaryFolder('production-');
  /** Where the campaigns' files are. */
  readonly data = join(this.folder, 'results');
  /** Its own, since it may belong to another user. */
  private readonly database = temporaryFolder('production-database-');
  private readonly ports = new Map<string, string>();
  private postgres: Program | undefined;
  private server: Program | undefined;
  private worker: TestProcess | undefined;
  private connection: Connection | undefined;

  constructor(
    private readonly services: Services,
    private readonly programs: Programs,
    private readonly bolnaUrl: string,
  ) {}

  get address(): string {
    return `${HOST}:${this.ports.get('FRONTEND_GRPC_PORT')}`;
  }

  /** PostgreSQL, and the schema job. */
  async startDatabase(): Promise<void> {
    for (const name of ['DB_PORT', 'METRICS_PORT', ...PORTS]) this.ports.set(name, String(await freePort()));
    const { postgres: programs, sqlTool, temporal } = this.programs;
    const port = Number(this.port('DB_PORT'));
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(sqlTool, join(bin, 'temporal-sql-tool'));
    symlinkSync(temporal, join(bin, 'temporal'));
    const { postgres: service } = this.services;
    this.postgres = await startPostgres({ programs, service, folder: this.database, port });
    await this.setUpSchema();
  }

  /** The schema job; as at every later `docker compose up`, it may be run again. */
  async setUpSchema(): Promise<void> {
    await this.job('schema', { SQL_HOST: HOST, SQL_PORT: this.port('DB_PORT') });
  }

  /** Temporal's server, for the first time or again, and the namespace job. */
  async startServer(): Promise<void> {
    const env = environmentElsewhere(
      this.services.temporal,
      {
        POSTGRES_SEEDS: HOST,
        DB_PORT: this.port('DB_PORT'),
        BIND_ON_IP: HOST,
        DYNAMIC_CONFIG_FILE_PATH: resolve('production/dynamic-config.yaml'),
      },
      Object.fromEntries(PORTS.map((name) => [name, this.port(name)])),
    );
    // As the image's own entry point does.
    this.server = Program.start('temporal', [this.programs.server, 'start'], env, this.folder);
    await this.server.ready(this.job('namespace', { TEMPORAL_ADDRESS: this.address }));
  }

  /** The worker as the image runs it, again and again until it works, as Docker does. */
  async startWorker(): Promise<void> {
    let ended = true;
    const start = () => {
      ended = false;
      const worker = startNode([resolve('dist/client/cli.js'), 'worker'], this.workerEnvironment());
      void worker.exited.then(() => {
        ended = true;
      });
      this.worker = worker;
    };
    await until(
      () => `a worker that works\n${this.worker?.stderr()}`,
      () => {
        if (ended) start();
        return this.worker?.stderr().includes('Worker on task queue') ?? false;
      },
      JOB_LIMIT_MS,
    );
  }

  /** What the worker's health check says. */
  async isHealthy(): Promise<boolean> {
    const [, , script = ''] = this.services.worker.healthcheck?.test ?? [];
    const { code } = await startNode([resolve(script)], this.workerEnvironment()).exited;
    return code === 0;
  }

  private workerEnvironment(): Record<string, string> {
    return environmentElsewhere(
      this.services.worker,
      {
        TEMPORAL_ADDRESS: this.address,
        BOLNA_API_KEY: 'bn-production-check',
        BOLNA_BASE_URL: this.bolnaUrl,
        CAMPAIGN_DATA: this.data,
        CAMPAIGN_METRICS: `${HOST}:${this.port('METRICS_PORT')}`,
        CAMPAIGN_CALLBACK_SECRET: '',
        CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '',
        CAMPAIGN_WEBHOOK_BASE_URL: '',
        CAMPAIGN_WEBHOOK_SECRET: '',
        OTEL_EXPORTER_OTLP_ENDPOINT: '',
      },
      // As near as Bolna takes a start: the check is to wait no longer than it must.
      { HOME: this.folder, BOLNA_MIN_LEAD: '2m' },
    );
  }

  /** `kill -9` of the server and the worker at once. */
  async crash(): Promise<void> {
    await Promise.all([this.server?.kill(), this.worker?.end('SIGKILL')]);
    this.server = undefined;
    this.worker = undefined;
  }

  /** A client of the server. It ends with this process: closed in the middle of a request, it would throw from a timer. */
  async client(): Promise<Client> {
    this.connection ??= await Connection.connect({ address: this.address });
    return new Client({ connection: this.connection });
  }

  /** Ends all there is, and leaves nothing behind. */
  async close(): Promise<void> {
    await this.worker?.end('SIGTERM');
    await this.server?.stop();
    await this.postgres?.stop();
    removeFolder(this.database);
    removeFolder(this.folder);
  }

  /** Runs the script of one of the jobs, with the programs that its image has. */
  private async job(name: 'schema' | 'namespace', moved: Record<string, string>): Promise<void> {
    const [shell = '', script = ''] = this.services[name].entrypoint;
    const path = `${join(this.folder, 'bin')}:${process.env.PATH}`;
    const env = environmentElsewhere(this.services[name], moved, { PATH: path, HOME: this.folder });
    const running = promisify(execFile)(shell, [resolve(`.${script}`)], { env, maxBuffer: 1e8 });
    await within(JOB_LIMIT_MS, () => `the end of the job ${name}`, running);
  }

  private port(name: string): string {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`The database is started first: there is no ${name} yet.`);
    return port;
  }
}
