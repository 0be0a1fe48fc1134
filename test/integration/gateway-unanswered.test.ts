import { CampaignClient } from '../../client/campaigns';
import { gateway } from '../../client/gateway/app';
import type { Gateway } from '../../client/gateway/options';
import { LocalStorage } from '../../storage/local';
import { DevServer } from '../support/dev-server';

/** A gateway whose Temporal server has gone. */

let app: Gateway;
let url: string;
beforeAll(async () => {
  const server = await DevServer.start();
  app = await gateway({
    campaigns: new CampaignClient(await server.client()),
    storage: new LocalStorage('/nowhere'),
    tokens: undefined,
    notReady: async () => undefined,
    version: '0',
    maxBodyBytes: 1_000,
    maxUploadBytes: 1_000,
    requestsPerMinute: 1_000,
    webhooks: { workflowOf: () => undefined, sources: [] },
    trustedProxies: [],
  });
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  await server.stop();
});
afterAll(() => app.close());

test.each([
  ['GET', '', undefined],
  ['POST', '/stop', {}],
  ['POST', '/reschedule', { startAt: new Date(Date.now() + 3_600_000).toISOString() }],
  ['POST', '/max-cost', { maxCost: 5_000 }],
])('%s /campaigns/{id}%s says in words what to do', async (method, path, body) => {
  const answer = await fetch(`${url}/campaigns/morning${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(await answer.json()).toEqual({
    type: 'urn:bolna-campaigns:problem:temporal-unreachable',
    title: 'Temporal does not answer',
    status: 503,
    detail: `Ask again in a while.${body ? ' What was to be changed may be all the same: look at the campaign first.' : ''}`,
  });
  expect(answer.status).toBe(503);
});
