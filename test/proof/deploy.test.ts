/** @waits 250 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { hintSignal } from '../../workflows/messages';
import { type Build, Builds } from '../support/builds';
import { account, CALLED_ONCE, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { prepared } from '../support/env';
import { endAll, type TestProcess } from '../support/processes';
import type { WorkerChanges } from '../support/workplace';

jest.setTimeout(240_000);

/** A fifth of a second, and ten: as long as a version takes to be deployed, no batch comes to its end. */
const SHORT_CALL = { status: 'completed', talkSeconds: 120, voicemail: false } as const;
const LONG_CALL = { status: 'completed', talkSeconds: 6000, voicemail: false } as const;
/** One call after the other: the first ones are short, the others long until the test lets them go on. */
const ONE_LINE = {
  rules: { concurrency: 1 },
  outcomes: () => (++dialled > shortCalls ? LONG_CALL : SHORT_CALL),
};
let dialled = 0;
let shortCalls = 0;
/** Rows of the campaign in four batches. */
const SPLIT = { maxRowsPerBatch: 14, maxBatchesAtOnce: 2 };
/** Both begin at once: none can begin under a version that could not go on with it. */
const IN_TWO = { maxRowsPerBatch: 30, maxBatchesAtOnce: 2 };
const calledOnceIn = (n: number) => ({ ...CALLED_ONCE, batchesMade: n, batchesLeft: n, batchesScheduled: n });
const IN_TWO_CALLED_ONCE = calledOnceIn(2);
const SPLIT_CALLED_ONCE = calledOnceIn(4);

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
  broken = builds.changed('broken', begin, `${begin} await workflow_1.sleep(1000);`);
});
beforeEach(async () => {
  dialled = 0;
  goOn(5);
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

/** So many more calls are short, or all that come. */
function goOn(calls = Number.POSITIVE_INFINITY): void {
  shortCalls = dialled + calls;
}

/** Waits until some are called, and some are not. */
async function inTheMiddle(): Promise<void> {
  await scene.until('the middle of the campaign', () => scene.simulator.dials().length > shortCalls);
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

/** The workers that `worker/share.ts` counts. */
async function sharers(): Promise<string[]> {
  const { workflowService } = (await server.client()).connection;
  const taskQueue = { name: `${scene.taskQueue}/bolna/default` };
  const { pollers } = await workflowService.describeTaskQueue({ namespace: 'default', taskQueue, taskQueueType: 2 });
  return [...new Set(pollers?.map(({ identity }) => identity ?? ''))];
}

/** Gives each a workflow task, as a webhook does: by themselves they may have none for minutes. */
async function hint(workflowIds: readonly string[]): Promise<void> {
  const { workflow } = await server.client();
  for (const workflowId of workflowIds) await workflow.getHandle(workflowId).signal(hintSignal);
}

function firstBatches(): string[] {
  return [1, 2].map((part) => batchWorkflowId(scene.campaignId, part));
}

/** How often workflow tasks of the campaign, or of its first batches, have failed. */
async function failedTasks(): Promise<number> {
  const { workflow } = await server.client();
  let failed = 0;
  for (const workflowId of [scene.campaignId, ...firstBatches()]) {
    const { events } = await workflow
      .getHandle(workflowId)
      .fetchHistory()
      .catch(() => ({ events: [] }));
    failed += events?.filter((event) => event.workflowTaskFailedEventAttributes).length ?? 0;
  }
  return failed;
}

test.each(['SIGTERM', 'SIGKILL'] as const)(
  'a campaign goes on under a version deployed in its middle, and the one before is ended with %s',
  async (signal) => {
    const first = await deploy(builds.present);
    await scene.startCampaign();
    await inTheMiddle();
    await deploy(next);
    await scene.until('both share the budget', async () => (await sharers()).length === 2);
    const { code } = await first.end(signal);
    expect(code).toBe(signal === 'SIGTERM' ? 0 : null);
    stillCalling();
    goOn();
    expect(await account(scene)).toEqual({ ...CALLED_ONCE, kills: 0 });
    expect(await ranUnder()).toEqual({ builds: [builds.present.buildId, next.buildId], now: next.buildId });
  },
);

test('a split campaign and its batches go on under a version deployed in its middle', async () => {
  const first = await deploy(builds.present);
  await scene.startCampaign(SPLIT);
  await inTheMiddle();
  await deploy(next);
  expect(await first.end('SIGTERM')).toEqual({ code: 0, signal: null });
  stillCalling();
  goOn();
  expect(await account(scene)).toEqual({ ...SPLIT_CALLED_ONCE, kills: 0 });
  const both = { builds: [builds.present.buildId, next.buildId], now: next.buildId };
  expect(await ranUnder()).toEqual(both);
  expect(await ranUnder(batchWorkflowId(scene.campaignId, 1))).toEqual(both);
  const last = await ranUnder(batchWorkflowId(scene.campaignId, 4));
  expect(last).toEqual({ builds: [next.buildId], now: next.buildId });
});

test.each([
  ['', {}, CALLED_ONCE],
  ['split ', IN_TWO, IN_TWO_CALLED_ONCE],
])(
  'a %scampaign waits while a version is current that cannot go on with it, and goes on with one that can',
  async (_, input, calledOnce) => {
    const first = await deploy(builds.present);
    await scene.startCampaign(input);
    await inTheMiddle();
    const bad = await deploy(broken);
    await first.end('SIGTERM');
    await hint(input === IN_TWO ? firstBatches() : [scene.campaignId]);
    await scene.until('the broken version fails', async () => (await failedTasks()) > 0);
    stillCalling();

    // The version before is started again, and does not take over by itself what another one was given.
    const again = await scene.startWorker(release(builds.present, '--make-current'));
    await said(again, 'This version was replaced by another one before');
    const [command] = /temporal worker deployment .*$/m.exec(again.stderr()) ?? [''];
    await type(command);
    await bad.end('SIGTERM');
    goOn();
    expect(await account(scene)).toEqual({ ...calledOnce, kills: 0 });
    const { builds: ran, now } = await ranUnder();
    expect({ ran, now }).toEqual({ ran: [builds.present.buildId], now: builds.present.buildId });
  },
);

test('a campaign goes on when versions begin to be told apart, and when they no longer are', async () => {
  const unversioned = await scene.startWorker();
  await scene.startCampaign();
  await inTheMiddle();
  const versioned = await deploy(builds.present);
  expect(await unversioned.end('SIGTERM')).toEqual({ code: 0, signal: null });
  goOn(5);
  await inTheMiddle();

  const last = await scene.startWorker();
  await said(
    last,
    `Campaigns are given to version ${scene.campaignId}.${builds.present.buildId}, and none to this worker`,
  );
  await type(`temporal worker deployment set-current-version --deployment-name ${scene.campaignId} --unversioned`);
  expect(await versioned.end('SIGTERM')).toEqual({ code: 0, signal: null });
  stillCalling();
  goOn();
  expect(await account(scene)).toEqual({ ...CALLED_ONCE, kills: 0 });
  expect((await ranUnder()).now).toBeUndefined();
});

test('a version that was not made current is given nothing, and says what to type', async () => {
  const worker = await scene.startWorker(release(builds.present));
  await said(worker, `This version is not current: no campaign is given to it until somebody types`);
  await scene.startCampaign();
  expect(scene.simulator.requests).toEqual([]);
  const [command] = /temporal worker deployment .*$/m.exec(worker.stderr()) ?? [''];
  await type(command);
  await scene.until('it is given the campaign', () => scene.simulator.dials().length > 0);
  await scene.campaigns.cancel(scene.campaignId);
  await scene.result().catch(() => undefined);
});

test('every history of these campaigns replays, under the release before and after', async () => {
  const client = await server.client();
  const count = 2 + 5 + 1 + 3 + 1 + 1;
  expect(await replayAll(client)).toBe(count);
  expect(await replayAll(client, next.bundle)).toBe(count);
  await expect(replayAll(client, broken.bundle)).rejects.toThrow('does not replay');
});

test('a server that does not tell versions apart is named in one line, with what to do', async () => {
  const old = await DevServer.start(['system.enableDeploymentVersions=false']);
  const elsewhere = await Scene.start(old);
  try {
    const worker = await elsewhere.startWorker(release(builds.present, '--make-current'));
    expect(await worker.exited).toEqual({ code: 2, signal: null });
    expect(worker.stderr()).toMatch(
      /^error: This Temporal server cannot tell versions .* \(Worker Deployment Versions are disabled on this namespace\)\. Update it .*CAMPAIGN_DEPLOYMENT\.$/m,
    );
  } finally {
    await elsewhere.close();
    await old.stop();
  }
});
