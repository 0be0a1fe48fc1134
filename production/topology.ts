import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { freePort } from '../test/support/dev-server';
import { removeFolder, temporaryFolder } from '../test/support/folders';
import { within } from '../test/support/processes';
import { commandElsewhere, environmentElsewhere, type Service, type Services } from './compose';
import { makeToken, OurService } from './our-service';
import { startPostgres } from './postgres';
import { Program } from './program';
import type { Programs } from './requirements';
import { Upstream } from './upstream';

const HOST = '127.0.0.1';
/** The ports that the server's services have to themselves in a container. */
const SERVER_PORTS = [
  ...['FRONTEND_GRPC_PORT', 'FRONTEND_HTTP_PORT', 'FRONTEND_MEMBERSHIP_PORT'],
  ...['MATCHING_GRPC_PORT', 'MATCHING_MEMBERSHIP_PORT', 'HISTORY_GRPC_PORT', 'HISTORY_MEMBERSHIP_PORT'],
  ...['WORKER_GRPC_PORT', 'WORKER_MEMBERSHIP_PORT'],
] as const;
const PORTS = ['DB_PORT', 'METRICS_PORT', 'GATEWAY_PORT', ...SERVER_PORTS] as const;
type Ports = Record<(typeof PORTS)[number], string>;

const JOB_LIMIT_MS = 120_000;

/** What docker-compose.yml starts, but for the UI, as processes of this machine: with its environment, its jobs and its flags. */
export class Topology {
  readonly worker: OurService;
  readonly gateway: OurService;
  readonly folder = temporaryFolder('production-');
  /** Where the campaigns' files are. */
  readonly data = join(this.folder, 'results');
  private readonly tokens = join(this.folder, 'tokens.txt');
  /** Its own, since it may belong to another user. */
  private readonly database = temporaryFolder('production-database-');
  private postgres: Program | undefined;
  private server: Program | undefined;
  private connection: Connection | undefined;

  private constructor(
    private readonly services: Services,
    private readonly programs: Programs,
    private readonly ports: Ports,
    bolnaUrl: string,
  ) {
    this.worker = this.workerAs(services.worker, bolnaUrl);
    this.gateway = this.gatewayAs(services.gateway);
  }

  /** One that nothing is started of yet. @param bolnaUrl address of what stands in for Bolna */
  static async at(services: Services, programs: Programs, bolnaUrl: string): Promise<Topology> {
    const ports: Partial<Ports> = {};
    for (const name of PORTS) ports[name] = String(await freePort());
    return new Topology(services, programs, ports as Ports, bolnaUrl);
  }

  get address(): string {
    return `${HOST}:${this.ports.FRONTEND_GRPC_PORT}`;
  }

  private get gatewayUrl(): string {
    return `http://${HOST}:${this.ports.GATEWAY_PORT}`;
  }

  /** PostgreSQL, and the schema job. */
  async startDatabase(): Promise<void> {
    const { postgres: programs, sqlTool, temporal } = this.programs;
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    symlinkSync(sqlTool, join(bin, 'temporal-sql-tool'));
    symlinkSync(temporal, join(bin, 'temporal'));
    const { postgres: service } = this.services;
    const port = Number(this.ports.DB_PORT);
    this.postgres = await startPostgres({ programs, service, folder: this.database, port });
    await this.setUpSchema();
  }

  /** The schema job; as at every later `docker compose up`, it may be run again. */
  async setUpSchema(): Promise<void> {
    await this.job('schema', { SQL_HOST: HOST, SQL_PORT: this.ports.DB_PORT });
  }

  /** Temporal's server, for the first time or again, and the namespace job. */
  async startServer(): Promise<void> {
    const env = environmentElsewhere(
      this.services.temporal,
      {
        POSTGRES_SEEDS: HOST,
        DB_PORT: this.ports.DB_PORT,
        BIND_ON_IP: HOST,
        DYNAMIC_CONFIG_FILE_PATH: resolve('production/dynamic-config.yaml'),
      },
      Object.fromEntries(SERVER_PORTS.map((name) => [name, this.ports[name]])),
    );
    // As the image's own entry point does.
    this.server = Program.start('temporal', [this.programs.server, 'start'], env, this.folder);
    await this.server.ready(this.job('namespace', { TEMPORAL_ADDRESS: this.address }));
  }

  /** Lets somebody in at the gateway. */
  async upstream(): Promise<Upstream> {
    const { token, line } = await makeToken();
    writeFileSync(this.tokens, line);
    return new Upstream(this.gatewayUrl, token);
  }

  private workerAs(service: Service, bolnaUrl: string): OurService {
    const env = environmentElsewhere(
      service,
      {
        ...this.moved(),
        BOLNA_API_KEY: 'bn-production-check',
        BOLNA_BASE_URL: bolnaUrl,
        CAMPAIGN_METRICS: `${HOST}:${this.ports.METRICS_PORT}`,
        CAMPAIGN_CALLBACK_SECRET: '',
        CAMPAIGN_ALLOW_PRIVATE_ADDRESSES: '',
        CAMPAIGN_WEBHOOK_BASE_URL: this.gatewayUrl,
      },
      // As near as Bolna takes a start: the check is to wait no longer than it must.
      { HOME: this.folder, BOLNA_MIN_LEAD: '2m' },
    );
    return new OurService({
      name: 'worker',
      command: ['worker'],
      env,
      sign: 'Worker on task queue',
      healthcheck: healthcheckOf(service),
    });
  }

  private gatewayAs(service: Service): OurService {
    const moved = { ...this.moved(), CAMPAIGN_WEBHOOK_SOURCES: '', CAMPAIGN_TRUSTED_PROXIES: '' };
    const command = commandElsewhere(service.command, { '0.0.0.0': HOST, '/tokens/tokens.txt': this.tokens });
    return new OurService({
      name: 'gateway',
      command: [...command, '--port', this.ports.GATEWAY_PORT],
      env: environmentElsewhere(service, moved, { HOME: this.folder }),
      sign: 'Gateway at',
      healthcheck: commandElsewhere(healthcheckOf(service), { 'http://127.0.0.1:8080': this.gatewayUrl }),
    });
  }

  /** What worker and gateway are both told otherwise than in their containers. */
  private moved() {
    return {
      TEMPORAL_ADDRESS: this.address,
      CAMPAIGN_DATA: this.data,
      CAMPAIGN_WEBHOOK_SECRET: 'of-the-production-check-and-of-nobody-else',
      OTEL_EXPORTER_OTLP_ENDPOINT: '',
    };
  }

  /** `kill -9` of the server, the worker and the gateway at once. */
  async crash(): Promise<void> {
    await Promise.all([this.server?.kill(), this.worker.end('SIGKILL'), this.gateway.end('SIGKILL')]);
    this.server = undefined;
  }

  /** A client of the server. It ends with this process: closed in the middle of a request, it would throw from a timer. */
  async client(): Promise<Client> {
    this.connection ??= await Connection.connect({ address: this.address });
    return new Client({ connection: this.connection });
  }

  /** Ends all there is, and leaves nothing behind. */
  async close(): Promise<void> {
    await this.gateway.end('SIGTERM');
    await this.worker.end('SIGTERM');
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
}

/** What node is given to look at the health of a container. */
function healthcheckOf({ healthcheck }: Service): string[] {
  const [, , ...args] = healthcheck?.test ?? [];
  return args;
}
