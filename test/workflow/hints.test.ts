/** @quiet */
import type { WorkflowHandle } from '@temporalio/client';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { webhookAddress } from '../../worker/webhooks';
import { hintSignal } from '../../workflows/messages';
import { textOf } from '../support/history-text';
import { HookedRig, SECRET } from '../support/hooked-rig';
import { until } from '../support/processes';
import { csvOf, MINUTE } from '../support/rig';
import { TestServer } from '../support/test-server';

/** One after another, some two hours of calls. */
const ROWS = 24;
const TWO_HOURS = {
  rules: { concurrency: 1 },
  outcomes: () => ({ status: 'completed', talkSeconds: 310, ringSeconds: 10, voicemail: false }) as const,
};
/** Of the batch: before and after it is scheduled, and when its executions are fetched. */
const OTHER_READINGS = 3;
/** As in history.test.ts, and ten for each look that is made for a hint, beside the wait. */
const mostEvents = (hints: number) => 80 + 10 * hints;

let env: TestServer;
let hooked: HookedRig;
beforeEach(async () => {
  env = await TestServer.skipping();
});
afterEach(async () => {
  await hooked.close();
  await env.teardown();
});

async function eventsOf(handle: WorkflowHandle) {
  return (await handle.fetchHistory()).events ?? [];
}

async function hintsIn(handle: WorkflowHandle): Promise<number> {
  const signals = (await eventsOf(handle)).map((event) => event.workflowExecutionSignaledEventAttributes?.signalName);
  return signals.filter((name) => name === 'hint').length;
}

/** Looks at batches, and how long after the last change at Bolna the campaign was over, in minutes. */
async function measured(handle: WorkflowHandle) {
  const { simulator } = hooked.rig;
  const changes = simulator.batches().flatMap(({ executions }) => executions.map(({ updatedAt }) => updatedAt));
  const end = (await handle.describe()).closeTime?.getTime() ?? 0;
  return {
    looks: simulator.requests.filter(({ endpoint }) => endpoint === 'get').length - OTHER_READINGS,
    events: (await eventsOf(handle)).length,
    hints: await hintsIn(handle),
    lateMinutes: (end - Math.max(...changes)) / MINUTE,
  };
}

test('what Bolna tells spares a campaign of two hours most of its looks, and its end is seen as soon', async () => {
  const measure = async (tells: boolean) => {
    hooked = await HookedRig.start({ env, hooked: tells, ...TWO_HOURS });
    const { rig } = hooked;
    return rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) } });
      const { status, outcomes } = await hooked.lived(handle);
      expect({ status, outcomes }).toEqual({ status: 'completed', outcomes: { completed: ROWS } });
      return measured(handle);
    });
  };
  const without = await measure(false);
  await hooked.close();
  const withHints = await measure(true);
  expect(without).toMatchObject({ hints: 0 });
  // Of the five changes of status that Bolna tells after the start was sent.
  expect(withHints.hints).toBeGreaterThanOrEqual(2);
  expect(withHints.hints).toBeLessThanOrEqual(5);
  expect(without.looks).toBeGreaterThan(25);
  // At the start, twice for how fast the calls go, an hour later, and for the hints.
  expect(withHints.looks).toBeLessThanOrEqual(4 + withHints.hints);
  expect(withHints.events).toBeLessThanOrEqual(mostEvents(withHints.hints));
  // The end is at Bolna; virtual time goes by minute by minute, and can do so once more while the hint is on its way.
  expect(withHints.lateMinutes).toBeLessThan(2);
});

test('each of several batches is told of itself, and no address of theirs stands in a history', async () => {
  hooked = await HookedRig.start({ env });
  const { rig } = hooked;
  await rig.run(async () => {
    const handle = await rig.begin({ contacts: { csv: csvOf(12) }, maxRowsPerBatch: 6 });
    expect((await hooked.lived(handle)).status).toBe('completed');
    const batches = [1, 2].map((part) => rig.client.workflow.getHandle(batchWorkflowId(handle.workflowId, part)));
    for (const one of batches) {
      const hints = await hintsIn(one);
      expect(hints).toBeGreaterThan(0);
      expect((await eventsOf(one)).length).toBeLessThanOrEqual(mostEvents(hints));
    }
    expect(await hintsIn(handle)).toBe(0);
    const given = rig.simulator.batches().map(({ webhookUrl }) => webhookUrl);
    expect(new Set(given)).toEqual(new Set(batches.map((one) => webhookAddress(hooked.url, SECRET, one.workflowId))));
    for (const one of [handle, ...batches]) {
      const history = textOf(await eventsOf(one));
      expect(history).not.toContain('/webhooks/');
      for (const address of given) expect(history).not.toContain(address?.slice(-43));
    }
  });
});

test('an address of the caller is the one that Bolna gets, and the campaign is looked at as without', async () => {
  hooked = await HookedRig.start({ env, ...TWO_HOURS });
  const { rig } = hooked;
  await rig.run(async () => {
    const webhookUrl = `${hooked.url}/healthz`;
    const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) }, webhookUrl });
    expect((await hooked.lived(handle)).status).toBe('completed');
    expect(rig.simulator.batches().map((batch) => batch.webhookUrl)).toEqual([webhookUrl]);
    const { looks, hints, lateMinutes } = await measured(handle);
    expect(hints).toBe(0);
    expect(looks).toBeGreaterThan(25);
    expect(lateMinutes).toBeLessThan(2);
  });
});

test('where no hint comes, the end is seen all the same', async () => {
  hooked = await HookedRig.start({ env, ...TWO_HOURS });
  const { rig } = hooked;
  await hooked.leave();
  await rig.run(async () => {
    const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) } });
    expect((await hooked.lived(handle)).status).toBe('completed');
    const { hints, lateMinutes } = await measured(handle);
    expect(hints).toBe(0);
    expect(lateMinutes).toBeLessThan(120 / 24 + 2);
  });
});

test('hints that are forged, at any time and in any number, cost few looks and end nothing', async () => {
  hooked = await HookedRig.start({ env, hooked: false, ...TWO_HOURS });
  const { rig } = hooked;
  await rig.run(async () => {
    const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) } });
    const { status, outcomes } = await hooked.lived(handle, async () => {
      for (let i = 0; i < 3; i++) await handle.signal(hintSignal).catch(() => undefined);
    });
    expect({ status, outcomes }).toEqual({ status: 'completed', outcomes: { completed: ROWS } });
    expect(rig.simulator.dials().length).toBe(ROWS);
    const { looks, hints } = await measured(handle);
    expect(hints).toBeGreaterThan(300);
    expect(looks + OTHER_READINGS).toBeLessThan(55);
  });
});

/** Whether the look that is waited for and the one for a hint have each been tried, and wait to be tried again. */
async function bothWait(handle: WorkflowHandle): Promise<boolean> {
  const looks = (await handle.describe()).raw.pendingActivities ?? [];
  return looks.length === 2 && looks.every(({ attempt, lastFailure }) => (attempt ?? 0) > 1 && !!lastFailure);
}

test('a hint brings the look forward, and an operator still comes before it', async () => {
  hooked = await HookedRig.start({ env, hooked: false, ...TWO_HOURS });
  const { rig } = hooked;
  await rig.run(async () => {
    const handle = await rig.begin({ contacts: { csv: csvOf(ROWS) }, polling: { min: '1 hour', max: '1 hour' } });
    let minutes = 0;
    let before = 0;
    const looks = () => rig.simulator.requests.filter(({ endpoint }) => endpoint === 'get').length;
    const { status } = await hooked
      .lived(handle, async () => {
        if ((await rig.progress(handle)).state !== 'running') return;
        minutes++;
        if (minutes === 20) {
          before = looks();
          await handle.signal(hintSignal);
        }
        if (minutes === 22) {
          expect(looks()).toBe(before + 1);
          expect((await rig.progress(handle)).settled).toBeGreaterThan(0);
          await handle.signal(hintSignal);
          await until(
            () => 'the look for it',
            () => looks() === before + 2,
          );
          // Due in two minutes: the cancel does not wait for it. What is at work while it comes, this server would mishandle.
          await handle.signal(hintSignal);
          await until(
            () => 'both looks wait for their turn',
            () => bothWait(handle),
          );
          await rig.cancel(handle);
        }
      })
      .catch(() => ({ status: 'canceled' }));
    expect(status).toBe('canceled');
    expect((await rig.memoResult(handle)).status).toBe('canceled');
    expect(minutes).toBeLessThan(30);
  });
});

test('before there are calls to look at, a hint is nothing', async () => {
  hooked = await HookedRig.start({ env, hooked: false, outcomes: () => ({ status: 'completed', voicemail: false }) });
  const { rig } = hooked;
  await rig.run(async () => {
    const handle = await rig.begin();
    let told = 0;
    const { outcomes } = await hooked.lived(handle, async () => {
      if ((await rig.progress(handle)).state !== 'waiting') return;
      told++;
      await handle.signal(hintSignal);
    });
    expect(told).toBeGreaterThan(0);
    expect(outcomes).toEqual({ completed: 3 });
    expect((await eventsOf(handle)).filter((event) => event.markerRecordedEventAttributes)).toEqual([]);
  });
});
