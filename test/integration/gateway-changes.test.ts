/** @waits 60 */
import { getEventListeners } from 'node:events';
import { defaultPayloadConverter } from '@temporalio/common';
import { CampaignClient } from '../../client/campaigns';
import { tally } from '../support/crash';
import { type Answer, GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';
import { AGENT, csvOf, HOUR, MINUTE, numberOf } from '../support/rig';

/** Changes of campaigns over HTTP, on a real server with a real worker. */

const CENTS_A_CALL = 6;
const PEOPLE = 3;
let rig: GatewayRig;
let n = 0;
let id: string;

beforeAll(async () => {
  const rules = { concurrency: 2, centsPerMinute: CENTS_A_CALL };
  const outcomes = () => ({ status: 'completed', ringSeconds: 5, talkSeconds: 60, postProcessingSeconds: 60 }) as const;
  rig = await GatewayRig.start({}, { rules, outcomes });
});
beforeEach(() => {
  id = `changed-${++n}`;
});
afterEach(() => rig.scene.simulator.clearFaults());
afterAll(() => rig?.close());

const after = (ms: number) => new Date(Date.now() + ms).toISOString();
const change = (what: 'reschedule' | 'max-cost' | 'suppress', body: object, campaignId = id) =>
  rig.ask('POST', `/campaigns/${campaignId}/${what}`, { body });
const state = async () => (await rig.scene.campaigns.get(id)).state;

/** What stands in the campaign's history of the changes that it was asked for. */
async function requestsOf(update: string): Promise<unknown[]> {
  const { events } = await (await rig.server.client()).workflow.getHandle(id).fetchHistory();
  const asked = (events ?? []).flatMap(
    (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input ?? [],
  );
  return asked
    .filter(({ name }) => name === update)
    .map(({ args }) => defaultPayloadConverter.fromPayload(args?.payloads?.[0] ?? {}));
}

/** Starts a campaign that is to begin in an hour, over HTTP. */
async function waiting(people = PEOPLE): Promise<void> {
  const headers = { 'idempotency-key': id };
  const body = { agentId: AGENT, contacts: { csv: csvOf(people) }, startAt: after(HOUR) };
  expect((await rig.ask('POST', '/campaigns', { headers, body })).status).toBe(201);
  await rig.scene.until('it waits', async () => (await state()) === 'waiting');
}

function expectProblem(answer: Answer, status: number, type: string, detail: RegExp): void {
  expect([answer.type, answer.json()]).toEqual([
    expect.stringContaining('application/problem+json'),
    {
      type: `urn:bolna-campaigns:problem:${type}`,
      title: expect.any(String),
      status,
      detail: expect.stringMatching(detail),
    },
  ]);
  expect(answer.status).toBe(status);
}

test('a start is moved before it comes, and everybody is called once, then', async () => {
  await waiting();
  const startAt = after(20_000);
  const moved = await change('reschedule', { startAt });
  const { startsAt } = moved.json();
  expect([moved.status, moved.json()]).toEqual([
    200,
    { campaignId: id, says: expect.stringMatching(/^The calls begin at/), startsAt: expect.any(String) },
  ]);
  expect(Date.parse(startsAt)).toBeGreaterThanOrEqual(Date.parse(startAt) - 1);
  expect(Date.parse(startsAt)).toBeLessThan(Date.parse(startAt) + 10_000);
  const before = rig.scene.simulator.dials().length;
  expect(await rig.scene.campaigns.result(id)).toMatchObject({ status: 'completed', startsAt });
  const dials = rig.scene.simulator.dials().slice(before);
  expect(tally(dials.map(({ number }) => number))).toEqual(
    Object.fromEntries(Array.from({ length: PEOPLE }, (_, i) => [numberOf(i), 1])),
  );
  const over = await change('reschedule', { startAt: after(HOUR) });
  expectProblem(over, 409, 'campaign-over', /has ended already: there is nothing left to change/);
  expectProblem(await change('max-cost', { maxCost: 5 }), 409, 'campaign-over', /nothing left to change/);
});

test('a campaign is stopped by a limit of cost that it is given later, which says who has set it', async () => {
  const people = 300;
  await waiting(people);
  const limited = await change('max-cost', { maxCost: 60 });
  expect([limited.status, limited.json()]).toEqual([
    200,
    { campaignId: id, says: 'The calls may cost 0.60; before, it was any amount.', maxCost: 60, before: null },
  ]);
  const named = await change('max-cost', { maxCost: 66, by: 'Asha' });
  expect(named.json()).toMatchObject({ maxCost: 66, before: 60 });
  expect((await change('reschedule', { startAt: after(20_000) })).status).toBe(200);
  await rig.scene.until('calls are made', async () => (await state()) === 'running');
  const begun = await change('reschedule', { startAt: after(HOUR) });
  expectProblem(begun, 409, 'change-too-late', /^The calls have begun.*can no longer be moved/);
  const { status, reason, outcomes } = await rig.scene.campaigns.result(id);
  expect({ status, reason }).toEqual({
    status: 'stopped',
    reason: expect.stringMatching(/^The budget of 0\.66 was reached/),
  });
  expect(outcomes.completed).toBeLessThan(people);
  expect(await requestsOf('setMaxCost')).toEqual([
    { maxCost: 60, by: 'operator' },
    { maxCost: 66, by: 'Asha' },
  ]);
});

test('a change that was taken and is not had is told apart from one that changes nothing', async () => {
  await waiting();
  rig.scene.simulator.addFault({ endpoint: 'delete', action: { status: 400 } });
  const refused = await change('reschedule', { startAt: after(2 * HOUR) });
  expectProblem(refused, 409, 'change-not-had', /^Bolna does not delete a batch that is scheduled/);
  await rig.scene.campaigns.stop(id);
  const late = await change('reschedule', { startAt: after(2 * HOUR) });
  expectProblem(late, 409, 'change-too-late', /^The campaign was asked to stop already/);
  rig.scene.simulator.clearFaults();
  await rig.scene.campaigns.result(id);
});

test('of changes nothing stays, however many are made while a gateway runs', async () => {
  await waiting();
  const made = jest.spyOn(rig.scene.campaigns, 'setMaxCost');
  for (let maxCost = 1; maxCost <= 5; maxCost++) expect((await change('max-cost', { maxCost })).status).toBe(200);
  const signals = new Set(made.mock.calls.map(([, , options]) => options?.signal));
  made.mockRestore();
  // One for all: whatever is made of it for a request would be kept by it.
  expect(signals.size).toBe(1);
  for (const signal of signals) expect(signal && getEventListeners(signal, 'abort')).toEqual([]);
  await rig.scene.campaigns.stop(id);
  await rig.scene.campaigns.result(id);
});

test('what cannot be had is refused in words, and changes nothing', async () => {
  await waiting();
  const { startsAt } = await rig.scene.campaigns.get(id);
  const invalid: [object, RegExp][] = [
    [{ startAt: after(-HOUR) }, /^startAt has passed already/],
    [{ startAt: after(400 * 24 * HOUR) }, /^startAt is more than a year ahead/],
    [{ startAt: after(2 * HOUR), startBy: after(HOUR) }, /^startBy must not be before startAt/],
  ];
  for (const [body, detail] of invalid) expectProblem(await change('reschedule', body), 422, 'change-invalid', detail);
  for (const [body, detail] of [
    [{}, /startAt/],
    [{ startAt: 'tomorrow' }, /startAt.*ISO 8601/],
    [{ startAt: '2026-06-23T12:30:00' }, /^In the body: startAt must be an ISO 8601 time with an offset, such as/],
    [{ startAt: after(HOUR), colour: 'red' }, /colour/],
  ] as const)
    expectProblem(await change('reschedule', body), 400, 'invalid-request', detail);
  for (const [body, detail] of [
    [{}, /maxCost/],
    [{ maxCost: 0 }, /must be more than 0/],
    [{ maxCost: '50' }, /must be a number/],
    [{ maxCost: 5, by: 'x'.repeat(101) }, /by/],
  ] as const)
    expectProblem(await change('max-cost', body), 400, 'invalid-request', detail);
  for (const [body, detail] of [
    [{ numbers: [] }, /numbers/],
    [{ numbers: [numberOf(0)], country: 'usa' }, /two letters/],
  ] as const)
    expectProblem(await change('suppress', body), 400, 'invalid-request', detail);
  const nowhere = await change('suppress', { numbers: [numberOf(0)], country: 'XX' });
  expectProblem(nowhere, 400, 'invalid-input', /^There is no country XX: give its two letters, as in IN or US\.$/);
  for (const what of ['reschedule', 'max-cost'] as const) {
    expect((await rig.ask('POST', `/campaigns/${id}/${what}`)).status).toBe(400);
    const headers = { 'content-type': 'application/xml' };
    expect((await rig.ask('POST', `/campaigns/${id}/${what}`, { headers, body: {} })).status).toBe(415);
  }
  const unlimited = await change('max-cost', { maxCost: null });
  expect(unlimited.json()).toMatchObject({ maxCost: null, before: null });
  expect(await rig.scene.campaigns.get(id)).toMatchObject({ state: 'waiting', startsAt });
  await rig.scene.campaigns.stop(id);
  await rig.scene.campaigns.result(id);
});

test('contacts are suppressed before they are called, and no number stands in the history', async () => {
  await waiting();
  const asked = await change('suppress', { numbers: ['(202) 555-0101', '+12025550199'], country: 'US' });
  expect([asked.status, asked.json()]).toEqual([
    200,
    {
      campaignId: id,
      says: expect.stringMatching(/^1 number is suppressed: no call was made, and none will be\./),
      numbers: [
        { number: '(202) 555-0101', outcome: 'suppressed', says: expect.any(String) },
        { number: '+12025550199', outcome: 'not-in-campaign', says: expect.any(String) },
      ],
    },
  ]);
  expect(await requestsOf('suppress')).toEqual([{ list: expect.stringContaining(`/${id}/suppress-`), country: 'US' }]);
  await rig.scene.campaigns.stop(id);
  expect((await rig.scene.campaigns.result(id)).outcomes).toEqual({ suppressed: 1, 'not-called': 2 });
});

test('there must be such a campaign', async () => {
  const none = await change('reschedule', { startAt: after(HOUR) }, 'nobody');
  expectProblem(none, 404, 'campaign-not-found', /There is no campaign nobody/);
  expectProblem(await change('max-cost', { maxCost: 5 }, 'nobody'), 404, 'campaign-not-found', /no campaign nobody/);
});

test('a campaign that has not answered in time has the request all the same, and a gateway that ends says so', async () => {
  await waiting();
  const impatient = await rig.another({ answerMs: 2_000 });
  const patient = await rig.another({});
  const headers = { authorization: `Bearer ${rig.held.operator}`, 'content-type': 'application/json' };
  const asked = (url: string, startAt: string) =>
    fetch(`${url}/campaigns/${id}/reschedule`, { method: 'POST', headers, body: JSON.stringify({ startAt }) });
  // A campaign cannot be moved while Bolna keeps its batch.
  rig.scene.simulator.addFault({ endpoint: 'delete', action: { status: 503 } });
  const deletes = rig.scene.requests('delete').length;
  const waited = asked(patient.url, after(HOUR + MINUTE));
  await rig.scene.until('it is being moved', () => rig.scene.requests('delete').length > deletes);
  await patient.app.close();
  const ending = await waited;
  expect([ending.status, await ending.json()]).toMatchObject([
    503,
    { type: 'urn:bolna-campaigns:problem:ending', detail: expect.stringMatching(/may be made all the same: look at/) },
  ]);
  const startAt = after(HOUR + 2 * MINUTE);
  const unanswered = await asked(impatient.url, startAt);
  expect([unanswered.status, await unanswered.json()]).toMatchObject([
    504,
    {
      type: 'urn:bolna-campaigns:problem:change-unanswered',
      detail: expect.stringMatching(/has taken the request.*needs no second request/),
    },
  ]);
  await impatient.app.close();
  rig.scene.simulator.clearFaults();
  await until(
    () => 'it is moved',
    async () => Date.parse((await rig.scene.campaigns.get(id)).startsAt ?? '') >= Date.parse(startAt) - 1,
  );
  await rig.scene.campaigns.stop(id);
  await rig.scene.campaigns.result(id);
});

test('where no worker is, nobody waits for long, and what is asked may be taken by one that comes', async () => {
  const taskQueue = 'nobody-works-here-yet';
  const unattended = new CampaignClient(await rig.server.client(), { taskQueue });
  await unattended.start(id, { agentId: AGENT, contacts: { csv: csvOf(PEOPLE) }, startAt: after(HOUR) });
  const begun = performance.now();
  const answers = await Promise.all([
    change('reschedule', { startAt: after(HOUR + MINUTE) }),
    change('max-cost', { maxCost: 5_000 }),
  ]);
  expect(performance.now() - begun).toBeLessThan(20_000);
  for (const answer of answers)
    expectProblem(
      answer,
      503,
      'no-worker',
      /^No worker has taken the request .*start one .*nobody-works-here-yet.*may still take the request, or never see it: look/,
    );
  await rig.scene.startWorker({ env: { CAMPAIGN_TASK_QUEUE: taskQueue } });
  await rig.scene.until('it waits', async () => (await state()) === 'waiting');
  // Temporal has kept it, which it does while it runs.
  expect((await change('max-cost', { maxCost: 7_000 })).json()).toMatchObject({ maxCost: 7_000, before: 5_000 });
  await rig.scene.campaigns.stop(id);
  await rig.scene.campaigns.result(id);
});
