import type { CampaignClient } from '../../client/campaigns';
import { gateway } from '../../client/gateway/app';
import { LocalStorage } from '../../storage/local';

test('the gateway describes itself: every route, its roles, and the two forms of a start', async () => {
  const app = await gateway({
    campaigns: {} as CampaignClient,
    storage: new LocalStorage('/nowhere'),
    tokens: undefined,
    notReady: async () => undefined,
    version: '1.2.3',
    maxBodyBytes: 1000,
    maxUploadBytes: 1000,
    requestsPerMinute: 1000,
    webhooks: { workflowOf: () => undefined, sources: [] },
    trustedProxies: [],
  });
  await app.ready();
  const { openapi, info, paths, webhooks, security, components } = JSON.parse(JSON.stringify(app.swagger()));
  await app.close();
  expect({ openapi, version: info.version, security }).toEqual({
    openapi: '3.1.0',
    version: '1.2.3',
    security: [{ token: [] }],
  });
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.sort()).toEqual([
    'GET /campaigns',
    'GET /campaigns/{id}',
    'GET /campaigns/{id}/callbacks',
    'GET /campaigns/{id}/events',
    'GET /campaigns/{id}/recordings/{file}',
    'GET /campaigns/{id}/rejected',
    'GET /campaigns/{id}/report',
    'GET /campaigns/{id}/results',
    'GET /healthz',
    'GET /readyz',
    'POST /campaigns',
    'POST /campaigns/{id}/callbacks/resend',
    'POST /campaigns/{id}/cancel',
    'POST /campaigns/{id}/max-cost',
    'POST /campaigns/{id}/reschedule',
    'POST /campaigns/{id}/stop',
    'POST /campaigns/{id}/suppress',
    'POST /webhooks/bolna/{token}',
  ]);
  expect(Object.keys(paths['/campaigns'].post.requestBody.content)).toEqual([
    'application/json',
    'multipart/form-data',
  ]);
  expect(paths['/campaigns/{id}/stop'].post.requestBody.required).toBe(false);
  for (const change of ['reschedule', 'max-cost', 'suppress']) {
    const { requestBody, responses } = paths[`/campaigns/{id}/${change}`].post;
    expect(requestBody.required).toBe(true);
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '404', '409', '422', '503', '504']));
  }
  expect(paths['/campaigns'].get.parameters).toContainEqual(
    expect.objectContaining({ name: 'attention', in: 'query', required: false }),
  );
  expect(Object.keys(webhooks)).toEqual(['campaign']);
  // Whatever is named is there.
  for (const [, name = ''] of JSON.stringify({ paths, webhooks }).matchAll(/#\/components\/schemas\/(\w+)/g)) {
    expect(components.schemas).toHaveProperty(name);
  }
});
