import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCompose } from '../../production/compose';
import { standingOfAttributes } from '../../worker/search-attributes';
import { ATTRIBUTES } from '../../workflows/attributes';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { removeFolder, temporaryFolder } from '../support/folders';
import { type ProgramEnd, runProgram } from '../support/run-program';

/** The namespace job of docker-compose.yml, on a real server. */

const { namespace: service } = readCompose('docker-compose.yml');
const NAMES = Object.values(ATTRIBUTES).map(({ name }) => name);
const folder = temporaryFolder('namespace-job-');
const pauses = join(folder, 'pauses');
let server: DevServer;

beforeAll(async () => {
  server = await DevServer.start();
  mkdirSync(join(folder, 'bin'));
  symlinkSync(prepared('TEST_CLI_PATH'), join(folder, 'bin', 'temporal'));
  // Its patience is counted and not waited for.
  writeFileSync(join(folder, 'bin', 'sleep'), `#!/bin/sh\necho "$1" >>"${pauses}"\n`, { mode: 0o755 });
});
beforeEach(() => writeFileSync(pauses, ''));
afterAll(async () => {
  await server.stop();
  removeFolder(folder);
});

function job(env: Record<string, string>): Promise<ProgramEnd> {
  const [shell = '', script = ''] = service.entrypoint;
  const PATH = `${join(folder, 'bin')}:${process.env.PATH}`;
  const given = { ...service.environment, TEMPORAL_ADDRESS: server.address, ...env };
  return runProgram(shell, [`.${script}`], { env: { ...given, PATH, HOME: folder } });
}

const secondsPaused = () => readFileSync(pauses, 'utf8').split('\n').filter(Boolean).map(Number);

async function retentionOf(namespace: string): Promise<number> {
  const { workflowService } = await server.client();
  const { config } = await workflowService.describeNamespace({ namespace });
  return Number(config?.workflowExecutionRetentionTtl?.seconds) / 86_400;
}

test('makes the namespace with the search attributes, and may run again', async () => {
  const env = { TEMPORAL_NAMESPACE: 'campaigns' };
  expect(await job(env)).toMatchObject({ code: 0 });
  expect(await retentionOf('campaigns')).toBe(3653);
  const { connection } = await server.client();
  expect(await standingOfAttributes(connection, 'campaigns')).toMatchObject({ there: NAMES, missing: [] });
  expect(await job({ ...env, RETENTION: '72h' })).toMatchObject({ code: 0 });
  expect(await retentionOf('campaigns')).toBe(3);
});

test('waits a minute for a server, and says which one does not answer', async () => {
  const { code, stderr } = await job({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^No Temporal server answers at 127\.0\.0\.1:9\. .*connection refused/);
  expect(secondsPaused()).toEqual(Array(59).fill(1));
});

test('says why the search attributes cannot be made', async () => {
  const namespace = 'taken';
  const { connection, workflowService } = await server.client();
  await workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 } as never,
  });
  await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: { CampaignRows: 2 } });
  const { code, stderr } = await job({ TEMPORAL_NAMESPACE: namespace });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The search attributes could not be made in namespace taken\. .*CampaignRows/s);
  expect(secondsPaused()).toHaveLength(59);
});
