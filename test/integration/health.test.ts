/** @waits 90 */
import { join } from 'node:path';
import { holdRecord } from '../../activities/schedule-record';
import { LocalStorage } from '../../storage/local';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { temporaryFolder } from '../support/folders';
import { endAll, startNode, until } from '../support/processes';
import { AGENT } from '../support/rig';

let server: DevServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await DevServer.start();
  env = {
    TEMPORAL_ADDRESS: server.address,
    BOLNA_API_KEY: 'bn-test',
    BOLNA_BASE_URL: 'http://127.0.0.1:9',
    CAMPAIGN_TASK_QUEUE: 'health',
    CAMPAIGN_DATA: temporaryFolder('health-'),
  };
});
afterAll(async () => {
  await endAll();
  await server.stop();
});

/** The order to stop, where nobody is there to carry it out and only the storage knows the batch. */
async function haltedWithoutWorker(url: string): Promise<void> {
  const record = { batchId: 'b1', fileName: 'unheard-0.csv', requestedStart: 2000, roundedStart: 3000 };
  await holdRecord(new LocalStorage(env.CAMPAIGN_DATA ?? ''), { campaignId: 'unheard' }, record);
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'unheard' };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return [answer.status, await answer.json()];
  };
  const rows = [{ contact_number: '+12025550101' }];
  expect((await post('/campaigns', { agentId: AGENT, contacts: { rows } }))[0]).toBe(201);
  const words = "Bolna may still be calling. Stop batch b1 in Bolna's dashboard.";
  const warning = `${words} No worker is running that could stop it.`;
  expect(await post('/campaigns/unheard/stop', {})).toEqual([202, expect.objectContaining({ warning })]);
  const shown = await fetch(`${url}/campaigns/unheard`);
  expect([shown.status, await shown.json()]).toEqual([
    503,
    expect.objectContaining({
      type: 'urn:bolna-campaigns:problem:no-worker',
      detail: expect.stringMatching(`^${words} No worker answers`),
    }),
  ]);
  expect(await (await fetch(`${url}/campaigns`)).json()).toMatchObject({
    campaigns: [{ campaignId: 'unheard', warning: words, needsAttention: 'halt-unconfirmed' }],
  });
  // The worker that comes later is none of its campaign's.
  await (await server.client()).workflow.getHandle('unheard').terminate();
}

const CLI = () => join(prepared('TEST_BUILD'), 'client/cli.js');

/** The health check of the worker's container. */
async function health(more: Record<string, string> = {}): Promise<{ code: number | null; words: string }> {
  const check = startNode([join(prepared('TEST_BUILD'), 'worker/health.js')], { ...env, ...more });
  const { code } = await check.exited;
  return { code, words: check.stdout() + check.stderr() };
}

test('a container is healthy while its worker listens on the queue of campaigns', async () => {
  expect(await health()).toEqual({ code: 1, words: expect.stringMatching(/^No worker of .+ listens on health\.\n$/) });
  const worker = startNode([CLI(), 'worker'], env);
  await until(
    () => `a worker that works\n${worker.stderr()}`,
    () => worker.stderr().includes('Worker on task queue'),
  );
  expect(await health()).toEqual({ code: 0, words: expect.stringMatching(`^${worker.pid}@.+ listens on health`) });
});

test('a gateway is ready while a worker listens, and no longer', async () => {
  const own = { CAMPAIGN_TASK_QUEUE: 'ready' };
  const gateway = startNode([CLI(), 'serve', '--port', '0'], { ...env, ...own });
  await until(gateway.stderr, () => gateway.stderr().includes('Gateway at '));
  const [, url = ''] = /Gateway at (\S+),/.exec(gateway.stderr()) ?? [];
  const ready = async () => {
    const answer = await fetch(`${url}/readyz`);
    return { ...((await answer.json()) as { detail?: string }), status: answer.status };
  };
  const notReady = { status: 503, detail: expect.stringMatching(/^No worker listens for campaigns\.$/) };
  expect(await ready()).toMatchObject(notReady);
  await haltedWithoutWorker(url);
  const worker = startNode([CLI(), 'worker'], { ...env, ...own });
  await until(worker.stderr, async () => (await ready()).status === 200);
  await worker.end('SIGTERM');
  // Temporal itself forgets a worker only when it has not asked for work for longer than a worker ever does: a minute.
  const { workflowService } = await server.client();
  const asked = { namespace: 'default', taskQueue: { name: own.CAMPAIGN_TASK_QUEUE }, taskQueueType: 1 };
  const lastAsked = async () =>
    Number((await workflowService.describeTaskQueue(asked)).pollers[0]?.lastAccessTime?.seconds ?? 0) * 1000;
  await until(worker.stderr, async () => Date.now() - (await lastAsked()) > 91_000);
  expect(await ready()).toMatchObject(notReady);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  expect((await health(own)).code).toBe(1);
  await server.kill();
  expect(await ready()).toMatchObject({ status: 503, detail: 'Temporal does not answer.' });
});

test('where the server does not answer it is not healthy, and says so in one line', async () => {
  const { code, words } = await health({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
  expect([code, words.trim().split('\n').length]).toEqual([1, 1]);
  expect(words).toMatch(/No Temporal server .* answers at 127\.0\.0\.1:9/);
});
