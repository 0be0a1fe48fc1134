/** @waits 70 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { context, type Span, trace } from '@opentelemetry/api';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { newToken } from '../../client/gateway/tokens';
import { CALLED_ONCE, CSV, PEOPLE, Scene } from '../support/crash';
import { DevServer, replayAll } from '../support/dev-server';
import { prepared } from '../support/env';
import { removeFolder, temporaryFolder } from '../support/folders';
import { OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver';
import { endAll, startNode, type TestProcess, until } from '../support/processes';
import { AGENT, numberOf } from '../support/rig';

const folder = temporaryFolder('traces-');
const operator = newToken({ name: 'crm', role: 'operator' });
const reader = newToken({ name: 'screen', role: 'reader' });
let server: DevServer;
let scene: Scene;
let collector: OtlpReceiver;
let gateway: TestProcess;
let url: string;
beforeAll(async () => {
  server = await DevServer.start();
  collector = await OtlpReceiver.start();
  scene = await Scene.start(server);
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' };
  await scene.startWorker({ env });
  const tokens = join(folder, 'tokens.txt');
  writeFileSync(tokens, `${operator.line}\n${reader.line}\n`);
  const cli = join(prepared('TEST_BUILD'), 'client/cli.js');
  gateway = startNode([cli, 'serve', '--port', '0', '--tokens', tokens], {
    ...env,
    HOME: folder,
    TEMPORAL_ADDRESS: server.address,
    CAMPAIGN_TASK_QUEUE: scene.taskQueue,
    CAMPAIGN_DATA: scene.path('..'),
  });
  await until(gateway.stderr, () => gateway.stderr().includes('Gateway at '));
  url = /Gateway at (\S+),/.exec(gateway.stderr())?.[1] ?? '';
});
afterAll(async () => {
  await scene.close();
  await endAll();
  await collector.close();
  await server.stop();
  removeFolder(folder);
});

/** A request of an upstream system that traces. @returns the ID of its trace, and of its own span */
async function ask(id: string, flags: '00' | '01'): Promise<{ traceId: string; spanId: string }> {
  const { traceId, spanId } = newTrace();
  const answer = await fetch(`${url}/campaigns`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${operator.token}`,
      'idempotency-key': id,
      traceparent: `00-${traceId}-${spanId}-${flags}`,
      baggage: 'customer=Asha',
    },
    body: JSON.stringify({ agentId: AGENT, contacts: { csv: CSV }, maxRowsPerBatch: PEOPLE / 2 }),
  });
  expect(answer.status).toBe(201);
  return { traceId, spanId };
}

const newTrace = () => ({ traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') });
const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

test('one trace leads from the request of an upstream system to each request to Bolna', async () => {
  const sent = await ask('traced', '01');
  expect((await scene.campaigns.result('traced')).outcomes).toEqual(CALLED_ONCE.outcomes);
  const asked = scene.simulator.requests.length;
  const spans = () => collector.ofTrace(sent.traceId);
  await until(
    () => JSON.stringify(spans(), undefined, 1),
    () =>
      spans().filter(({ name }) => name.startsWith('bolna ')).length >= asked &&
      named(spans(), 'reconcileResults').length > 0,
  );
  const byId = new Map(spans().map((span) => [span.spanId, span]));
  const [request] = named(spans(), 'POST /campaigns');
  expect(request).toMatchObject({
    parentSpanId: sent.spanId,
    service: 'bolna-campaigns-gateway',
    attributes: { 'http.response.status_code': 201 },
  });
  // Both batches, which are workflows of their own.
  expect(
    named(spans(), 'createBatch')
      .map(({ attributes }) => attributes.part)
      .sort(),
  ).toEqual([1, 2]);
  for (const span of spans().filter((span) => span !== request)) {
    const isRequest = span.name.startsWith('bolna ');
    const parent = byId.get(span.parentSpanId ?? '');
    expect({
      span: span.name,
      parent: isRequest ? parent?.parentSpanId : parent?.spanId,
      service: span.service,
    }).toEqual({
      span: span.name,
      parent: request?.spanId,
      service: 'bolna-campaigns-worker',
    });
    if (isRequest)
      expect(span.attributes).toEqual({
        'bolna.endpoint': span.name.slice(6),
        'http.response.status_code': expect.any(Number),
      });
    else expect(span.attributes).toMatchObject({ campaignId: 'traced', attempt: expect.any(Number) });
  }
  const told = spans()
    .filter(({ name }) => name.startsWith('bolna '))
    .map(({ attributes }) => [attributes['bolna.endpoint'], attributes['http.response.status_code']].join());
  const had = scene.simulator.requests.map(({ endpoint, status }) => [endpoint, status].join());
  expect(told.sort()).toEqual(had.slice(0, asked).sort());
});

test('a log line of a step names its trace', async () => {
  const failed = new Promise<void>((resolve) => {
    const remove = scene.simulator.onRequest(async (phase, { endpoint }) => {
      if (phase !== 'before' || endpoint !== 'create') return undefined;
      remove();
      resolve();
      return 'drop';
    });
  });
  const { traceId } = await ask('logged', '01');
  await failed;
  const line = () =>
    scene.worker
      ?.stderr()
      .split('\n')
      .find((text) => text.includes('Activity failed') && text.includes('"logged"'));
  await scene.until('a step that fails', () => line() !== undefined);
  expect(JSON.parse(line() ?? '')).toMatchObject({ campaignId: 'logged', step: 'createBatch', traceId });
  await scene.campaigns.result('logged');
});

test('a trace that its upstream does not keep is not kept here', async () => {
  const { traceId } = await ask('unsampled', '00');
  await scene.campaigns.result('unsampled');
  // What came after it is there: what belongs to it would be as well.
  const { traceId: later } = await ask('sampled', '01');
  await scene.campaigns.result('sampled');
  await until(
    () => 'the later trace',
    () => named(collector.ofTrace(later), 'reconcileResults').length > 0,
  );
  expect(collector.ofTrace(traceId)).toEqual([]);
});

test('a request that is refused makes no span', async () => {
  const { traceId, spanId } = newTrace();
  const stop = async (token: string, body = '{}', id = 'nobody', trace = traceId) => {
    const headers = {
      traceparent: `00-${trace}-${spanId}-01`,
      'content-type': 'application/json',
      ...(token && { authorization: `Bearer ${token}` }),
    };
    return (await fetch(`${url}/campaigns/${id}/stop`, { method: 'POST', headers, body })).status;
  };
  expect(await stop(reader.token)).toBe(403);
  expect(await stop('bc_wrong')).toBe(401);
  expect(await stop(operator.token, '{"colour":"red"}')).toBe(400);
  expect(await stop(operator.token, '{')).toBe(400);
  expect(await stop(operator.token, '{}', '~')).toBe(400);
  const webhook = { method: 'POST', headers: { traceparent: `00-${traceId}-${spanId}-01` } };
  expect((await fetch(`${url}/webhooks/bolna/unknown`, webhook)).status).toBe(404);
  let answer = 401;
  for (let n = 0; answer === 401 && n < 700; n++) answer = await stop('');
  expect(answer).toBe(429);
  // What is asked in earnest makes one, also where there is no such campaign; what came before it is there by then.
  const other = newTrace().traceId;
  expect(await stop(operator.token, '{}', 'nobody', other)).toBe(404);
  await until(
    () => 'the later trace',
    () => named(collector.ofTrace(other), 'POST /campaigns/:id/stop').length > 0,
  );
  expect(collector.ofTrace(traceId)).toEqual([]);
});

test('a start of the library is part of the trace that is active, and of none where none is', async () => {
  const provider = new NodeTracerProvider();
  provider.register();
  const start = (id: string) => scene.campaigns.start(id, { agentId: AGENT, contacts: { csv: CSV } });
  const traceId = await trace.getTracer('upstream').startActiveSpan('upstream', async (span: Span) => {
    await start('within');
    span.end();
    return span.spanContext().traceId;
  });
  await start('without');
  for (const id of ['within', 'without']) await scene.campaigns.result(id);
  await until(
    () => 'the trace',
    () => named(collector.ofTrace(traceId), 'reconcileResults').length > 0,
  );
  expect(new Set(collector.ofTrace(traceId).map(({ attributes }) => attributes.campaignId ?? 'within'))).toEqual(
    new Set(['within']),
  );
  expect(collector.spans.filter(({ attributes }) => attributes.campaignId === 'without')).toEqual([]);
  context.disable();
  await provider.shutdown();
});

test('a collector that is down holds up no worker that ends', async () => {
  const worker = await scene.startWorker({ env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' } });
  await ask('unheard', '01');
  expect((await scene.campaigns.result('unheard')).status).toBe('completed');
  await worker.end('SIGTERM');
  expect(await worker.exited).toMatchObject({ code: 0 });
  expect(worker.stderr()).toContain('nothing is lost');
});

test('what is traced names nobody, and its histories replay', async () => {
  for (const body of collector.bodies) {
    expect(body).not.toContain(numberOf(0));
    expect(body).not.toContain('Asha');
    expect(body).not.toContain('bn-test');
  }
  expect(await replayAll(await server.client())).toBeGreaterThan(4);
});
