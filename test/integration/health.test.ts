import { join } from 'node:path';
import { DevServer } from '../support/dev-server';
import { prepared } from '../support/env';
import { endAll, startNode, until } from '../support/processes';

let server: DevServer;
let env: Record<string, string>;
beforeAll(async () => {
  server = await DevServer.start();
  env = {
    TEMPORAL_ADDRESS: server.address,
    BOLNA_API_KEY: 'bn-test',
    BOLNA_BASE_URL: 'http://127.0.0.1:9',
    CAMPAIGN_TASK_QUEUE: 'health',
  };
});
afterAll(async () => {
  await endAll();
  await server.stop();
});

/** The health check of the worker's container. */
async function health(more: Record<string, string> = {}): Promise<{ code: number | null; words: string }> {
  const check = startNode([join(prepared('TEST_BUILD'), 'worker/health.js')], { ...env, ...more });
  const { code } = await check.exited;
  return { code, words: check.stdout() + check.stderr() };
}

test('a container is healthy while its worker listens on the queue of campaigns', async () => {
  expect(await health()).toEqual({ code: 1, words: expect.stringMatching(/^No worker of .+ listens on health\.\n$/) });
  const worker = startNode([join(prepared('TEST_BUILD'), 'client/cli.js'), 'worker'], env);
  await until(
    () => `a worker that works\n${worker.stderr()}`,
    () => worker.stderr().includes('Worker on task queue'),
  );
  expect(await health()).toEqual({ code: 0, words: expect.stringMatching(`^${worker.pid}@.+ listens on health`) });
});

test('where the server does not answer it is not healthy, and says so in one line', async () => {
  const { code, words } = await health({ TEMPORAL_ADDRESS: '127.0.0.1:9' });
  expect([code, words.trim().split('\n').length]).toEqual([1, 1]);
  expect(words).toMatch(/No Temporal server .* answers at 127\.0\.0\.1:9/);
});
