import { existsSync, readFileSync } from 'node:fs';
import ms from 'ms';
import { parse } from 'yaml';
import { environmentElsewhere, readCompose, type Service, tagOf } from '../../production/compose';
import { goProgramsOf } from '../../production/requirements';
import { FAIR_QUEUES } from '../../worker/embedded/server';
import { environmentSchema } from '../../worker/environment';
import { RETENTION_MS } from '../../worker/temporal';
import { ATTRIBUTES } from '../../workflows/attributes';

const services = readCompose('docker-compose.yml');
const { postgres, schema, temporal, namespace, ui, worker, gateway } = services;
const all: [string, Service][] = Object.entries(services);
const jobs = ['schema', 'namespace'];

describe('docker-compose.yml', () => {
  test('opens its ports to this machine only, and those of the database to nobody', () => {
    const ports = all.flatMap(([, service]) => service.ports);
    expect(ports).toEqual([
      '127.0.0.1:7233:7233',
      '127.0.0.1:8233:8080',
      '127.0.0.1:8080:8080',
      '127.0.0.1:9090:9090',
      '127.0.0.1:3000:3000',
    ]);
    expect(readFileSync('docker-compose.yml', 'utf8')).not.toMatch(/network_mode|privileged/);
  });

  test('names every image by a version, and takes none that is no longer kept up', () => {
    const images = all.flatMap(([, { image }]) => image ?? []);
    expect(images).toHaveLength(7);
    for (const image of images) {
      expect(image).toMatch(/^[a-z/-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
      expect(image).not.toMatch(/auto-setup|tctl|temporalio\/temporal:|docker-builds/);
    }
  });

  test('prepares database and namespace with the tools of the version that then runs', () => {
    expect([tagOf(schema), tagOf(namespace)]).toEqual([tagOf(temporal), tagOf(temporal)]);
    expect(goProgramsOf(services).server.version).toBe(`v${tagOf(temporal)}`);
  });

  test('gives PostgreSQL, the schema job and the server the same place and password', () => {
    const { POSTGRES_USER: user, POSTGRES_PASSWORD: password } = postgres.environment;
    const database = { user, password, host: 'postgres', port: '5432', plugin: 'postgres12' };
    const { SQL_USER, SQL_PASSWORD, SQL_HOST, SQL_PORT, SQL_PLUGIN } = schema.environment;
    const { POSTGRES_USER, POSTGRES_PWD, POSTGRES_SEEDS, DB_PORT, DB } = temporal.environment;
    expect([
      { user: SQL_USER, password: SQL_PASSWORD, host: SQL_HOST, port: SQL_PORT, plugin: SQL_PLUGIN },
      { user: POSTGRES_USER, password: POSTGRES_PWD, host: POSTGRES_SEEDS, port: DB_PORT, plugin: DB },
    ]).toEqual([database, database]);
  });

  test('has everybody look for the server where it is, in the namespace that is made', () => {
    const addresses = [namespace, ui, worker, gateway].map(({ environment }) => environment.TEMPORAL_ADDRESS);
    expect(addresses).toEqual(Array(4).fill('temporal:7233'));
    const namespaces = [worker, gateway].map(({ environment }) => environment.TEMPORAL_NAMESPACE);
    expect(namespaces).toEqual(Array(2).fill(namespace.environment.TEMPORAL_NAMESPACE));
  });

  test('has a gateway for who asks for it, which shares files and secrets with the worker', () => {
    expect(gateway.profiles).toEqual(['gateway']);
    expect(all.filter(([, { profiles }]) => profiles.length > 0)).toHaveLength(1);
    const shared = ['CAMPAIGN_DATA', 'CAMPAIGN_WEBHOOK_SECRET', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
    for (const name of shared) expect(gateway.environment[name]).toBe(worker.environment[name]);
    expect(gateway.volumes).toEqual(['results:/data', './tokens:/tokens:ro']);
    expect(worker.volumes).toContain('results:/data');
  });

  test('has Temporal remember campaigns for as long as a server of our own does', () => {
    const retention = ms((namespace.environment.RETENTION ?? '') as ms.StringValue);
    expect(retention).toBeGreaterThanOrEqual(RETENTION_MS);
  });

  test('has the search attributes that setup would make', () => {
    const script = readFileSync(`.${namespace.entrypoint[1]}`, 'utf8');
    const made = [...script.matchAll(/--name (\w+) --type (\w+)/g)].map(
      ([, name, type]) => `${name} ${type?.toUpperCase()}`,
    );
    expect(made.sort()).toEqual(
      Object.values(ATTRIBUTES)
        .map(({ name, type }) => `${name} ${type}`)
        .sort(),
    );
  });

  test('has campaigns take turns as on a server of our own', () => {
    const file = readFileSync(`.${temporal.environment.DYNAMIC_CONFIG_FILE_PATH}`, 'utf8');
    const settings = Object.entries(parse(file) as Record<string, { value: unknown }[]>);
    const flags = settings.map(([name, values]) => `${name}=${values.map(({ value }) => value).join()}`);
    expect(flags).toEqual(expect.arrayContaining(FAIR_QUEUES.filter((flag) => !flag.startsWith('--'))));
  });

  test('mounts files that there are', () => {
    for (const service of [schema, temporal, namespace]) {
      expect(service.volumes).toContain('./production:/production:ro');
    }
    for (const script of [schema.entrypoint[1], namespace.entrypoint[1]]) expect(existsSync(`.${script}`)).toBe(true);
  });

  test('starts each service once what it needs is ready, and looks at the health of all that stay', () => {
    const unwatched = all.filter(([, { healthcheck }]) => healthcheck === undefined).map(([name]) => name);
    expect(unwatched).toEqual(jobs);
    for (const [, { depends_on }] of all) {
      for (const [needed, { condition }] of Object.entries(depends_on)) {
        expect(condition).toBe(jobs.includes(needed) ? 'service_completed_successfully' : 'service_healthy');
      }
    }
  });

  test('sets nothing for the worker that nobody reads, and keeps what it writes', () => {
    const unread = Object.keys(worker.environment).filter((name) => !(name in environmentSchema.shape));
    // Read by @temporalio/envconfig.
    expect(unread).toEqual(['TEMPORAL_NAMESPACE']);
    expect(worker.volumes).toContain(`results:${worker.environment.CAMPAIGN_DATA}`);
  });
});

describe('the Dockerfile', () => {
  const dockerfile = readFileSync('Dockerfile', 'utf8');
  const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));

  test('builds on glibc, which the SDK needs', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases).toEqual(['node:20-bookworm-slim', 'node:20-bookworm-slim']);
  });

  test('runs the worker as somebody who is not root, to whom its volume belongs', () => {
    expect([...last.matchAll(/^USER (\S+)/gm)].map(([, user]) => user)).toEqual(['node']);
    expect(last).toContain(`chown node:node ${worker.environment.CAMPAIGN_DATA}`);
    expect(worker.user).toBeUndefined();
  });

  test('has the workflow bundled when it is built, and the health check in the image', () => {
    expect(dockerfile).toMatch(/^RUN npm run build/m);
    expect(worker.healthcheck?.test).toEqual(['CMD', 'node', 'dist/worker/health.js']);
    expect(existsSync('worker/health.ts')).toBe(true);
  });
});

describe('a service that runs elsewhere', () => {
  test('keeps its environment, but for what says where the others are', () => {
    const env = environmentElsewhere(schema, { SQL_HOST: '127.0.0.1' }, { HOME: '/tmp' });
    expect(env).toEqual({ ...schema.environment, SQL_HOST: '127.0.0.1', HOME: '/tmp' });
  });

  test('is not given what docker-compose.yml no longer sets: the check would try something else than Compose starts', () => {
    expect(() => environmentElsewhere(schema, { SQL_SERVER: '127.0.0.1' })).toThrow(/no longer sets SQL_SERVER/);
  });

  test('must be told what only Compose would know', () => {
    expect(() => environmentElsewhere(worker, {})).toThrow(
      /no value to BOLNA_API_KEY, BOLNA_BASE_URL, CAMPAIGN_CALLBACK_SECRET/,
    );
  });
});
