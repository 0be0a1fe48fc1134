import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Build, Builds } from '../support/builds';
import { account, CALLED_ONCE, Scene, type WorkerChanges } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { prepared } from '../support/env';
import { endAll, type TestProcess } from '../support/processes';

jest.setTimeout(240_000);

const ONE_LINE = { rules: { concurrency: 1 }, outcomes: () => ({ status: 'completed', talkSeconds: 240 }) as const };
/** Rows of the campaign in four batches. */
const SPLIT = { maxRowsPerBatch: 14, maxBatchesAtOnce: 2 };
const SPLIT_CALLED_ONCE = { ...CALLED_ONCE, batchesMade: 4, batchesLeft: 4, batchesScheduled: 4 };

let server: DevServer;
let builds: Builds;
/** Says something else of a step, which makes no difference to a campaign that has begun. */
let next: Build;
/** Sleeps where campaigns that have begun did not: it cannot go on with them. */
let broken: Build;
let scene: Scene;
beforeAll(async () => {
  server = await DevServer.start();
  builds = new Builds();
  next = builds.changed('next', 'Collect the result of every call', 'Fetch what became of every call');
  const begin = 'async function callBatch(batch) {';
  broken = builds.changed(
    'broken',
    begin,
    `${begin} await (0, require_sleep)(1000);`.replace('require_sleep', 'workflow_1.sleep'),
  );
});
beforeEach(async () => {
  scene = await Scene.start(server, ONE_LINE);
});
afterEach(() => scene.close());
afterAll(async () => {
  await endAll();
  builds.close();
  await server.stop();
});

function release({ folder }: Build, ...flags: string[]): WorkerChanges {
  return { build: folder, flags, env: { CAMPAIGN_DEPLOYMENT: scene.campaignId } };
}

/** Starts a worker of a release, and resolves once campaigns are given to it. */
async function deploy(build: Build): Promise<TestProcess> {
  const worker = await scene.startWorker(release(build, '--make-current'));
  await said(worker, 'Campaigns are given to this version.');
  return worker;
}

function said(worker: TestProcess, text: string): Promise<void> {
  return scene.until(text, () => worker.stderr().includes(text));
}

/** Waits until some are called, and some are not. */
async function inTheMiddle(): Promise<void> {
  await scene.until('the middle of the campaign', () => scene.simulator.dials().length >= 5);
  stillCalling();
}

function stillCalling(): void {
  expect(scene.simulator.batches().some(({ open }) => open > 0)).toBe(true);
}

/** What a person types. */
async function type(command: string): Promise<void> {
  const [, ...args] = command.split(' ');
  await promisify(execFile)(prepared('TEST_CLI_PATH'), [...args, '--address', server.address, '--yes']);
}

/** The builds that carried the campaign out, in their order, and the one it is at now. */
async function ranUnder(
  workflowId = scene.campaignId,
): Promise<{ builds: (string | undefined)[]; now: string | undefined }> {
  const handle = (await server.client()).workflow.getHandle(workflowId);
  const { events } = await handle.fetchHistory();
  const tasks = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) => task ?? []);
  const { raw } = await handle.describe();
  const now = raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
  return { builds: [...new Set(tasks.map((task) => task.deploymentVersion?.buildId ?? undefined))], now };
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a campaign goes on under a version deployed in its middle, and the one before is ended with %s',
  async (signal) => {
    const first = await deploy(builds.present);
    await scene.startCampaign();
    await inTheMiddle();
    await deploy(next);
    const { code } = await first.end(signal);
    expect(code).toBe(signal === 'SIGTERM' ? 0 : null);
    stillCalling();
    expect(await account(scene)).toEqual({ ...CALLED_ONCE, kills: 0 });
    expect(await ranUnder()).toEqual({ builds: [builds.present.buildId, next.buildId], now: next.buildId });
  },
);
