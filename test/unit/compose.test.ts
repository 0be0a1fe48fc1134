import { existsSync, readFileSync } from 'node:fs';
import ms from 'ms';
import { parse } from 'yaml';
import { commandElsewhere, environmentElsewhere, readCompose, type Service, tagOf } from '../../production/compose';
import { goProgramsOf } from '../../production/requirements';
import { FAIR_QUEUES } from '../../worker/embedded/server';
import { VARIABLES } from '../../worker/environment';
import { RETENTION_MS } from '../../worker/temporal';
import { ATTRIBUTES } from '../../workflows/attributes';
import { CliRig, sentenceOf } from '../support/cli';
import { documentedCommands } from '../support/documents';
import { runProgram } from '../support/run-program';

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

  test.each([
    ['worker', worker],
    ['gateway', gateway],
  ])('sets nothing for the %s that nobody reads, keeps what it writes, and lets it end by itself', (_, service) => {
    const unread = Object.keys(service.environment).filter((name) => !(name in VARIABLES));
    // Read by @temporalio/envconfig.
    expect(unread).toEqual(['TEMPORAL_NAMESPACE']);
    expect(service.volumes).toContain(`results:${service.environment.CAMPAIGN_DATA}`);
    expect(service.restart).toBe('unless-stopped');
    // A worker has 20 seconds of grace, and 4 in which it leaves.
    expect(ms(service.stop_grace_period as ms.StringValue)).toBeGreaterThan(24_000);
  });
});

describe('the gateway in docker-compose.yml', () => {
  const TOKENS = '/tokens/tokens.txt';
  const raw = parse(readFileSync('docker-compose.yml', 'utf8')).services;

  test('is for who asks for it, and whoever does not is asked for nothing', () => {
    expect(all.filter(([, { profiles }]) => profiles.length > 0).map(([name]) => name)).toEqual(['gateway']);
    expect(gateway.profiles).toEqual(['gateway']);
    // Compose asks for them whether the profile is wanted or not.
    expect(JSON.stringify(raw.gateway)).not.toMatch(/\$\{\w+:?\?/);
  });

  test('is the same program as the worker, for the same campaigns, and knows no key of Bolna', () => {
    expect(raw.gateway.build).toEqual(raw.worker.build);
    expect(gateway.user).toBeUndefined();
    const shared = Object.keys(gateway.environment).filter((name) => name in worker.environment);
    expect(shared).toEqual([
      ...['TEMPORAL_ADDRESS', 'TEMPORAL_NAMESPACE', 'CAMPAIGN_DATA', 'CAMPAIGN_WEBHOOK_SECRET'],
      'OTEL_EXPORTER_OTLP_ENDPOINT',
    ]);
    for (const name of shared) expect(gateway.environment[name]).toBe(worker.environment[name]);
  });

  test('lets in whoever has a token, and says in one sentence how to make the first', async () => {
    const rig = new CliRig({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
    try {
      const ended = await rig.run(commandElsewhere(gateway.command, { [TOKENS]: 'tokens.txt' }));
      expect(ended.code).toBe(2);
      expect(sentenceOf(ended)).toMatch(/^There is no file of tokens tokens\.txt: make one with .*token NAME/);
    } finally {
      rig.close();
    }
  });

  test('has its tokens where the documents put them, in a folder that is there and kept out of the repository and the image', async () => {
    expect(gateway.volumes).toContain('./tokens:/tokens:ro');
    const made = documentedCommands().filter(({ text }) => /^docker compose .* token /.test(text));
    expect(made.map(({ text }) => text.split(' >> ')[1])).toEqual([`.${TOKENS}`.slice(2)]);
    expect(existsSync('tokens')).toBe(true);
    expect(await runProgram('git', ['check-ignore', '--quiet', `.${TOKENS}`])).toMatchObject({ code: 0 });
    expect(readFileSync('.dockerignore', 'utf8')).toMatch(/^tokens$/m);
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

  test('keeps its command, but for where things are', () => {
    const moved = { '0.0.0.0': '127.0.0.1', '/tokens/tokens.txt': '$&' };
    expect(commandElsewhere(gateway.command, moved)).toEqual(['serve', '--host', '127.0.0.1', '--tokens', '$&']);
    expect(() => commandElsewhere(gateway.command, { '--hosts': '' })).toThrow(/no longer says --hosts/);
  });

  test('must be told what only Compose would know', () => {
    expect(() => environmentElsewhere(worker, {})).toThrow(
      /no value to BOLNA_API_KEY, BOLNA_BASE_URL, CAMPAIGN_CALLBACK_SECRET/,
    );
  });
});
