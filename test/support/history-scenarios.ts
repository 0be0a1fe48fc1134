import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { bolnaRules } from '../../bolna/start-time';
import { Outside } from '../../egress/outside';
import { parseNetwork } from '../../egress/public-address';
import type { KeyVerdict } from '../../simulator/exchange';
import { ATTRIBUTES } from '../../workflows/attributes';
import { hintSignal, rescheduleUpdate, setMaxCostUpdate, stopUpdate } from '../../workflows/messages';
import { CallbackReceiver, secrets } from './callback-receiver';
import { haltBy, type Way } from './moments';
import { until } from './processes';
import { DAY, HOUR, MINUTE, type Rig } from './rig';
import { ask } from './updates';

const SPEED = 300;

/** A way that a campaign can go. */
export interface Scenario {
  /** How its world differs from the usual one. */
  world?: Omit<Parameters<typeof Rig.start>[0], 'env'>;
  /** @returns workflows whose histories are kept beside the campaign's */
  play(rig: Rig, uri: string): Promise<readonly string[] | undefined>;
}

export type Scenarios = Record<string, Scenario>;

const iso = (at: number) => new Date(at).toISOString();

/** Half an hour on the line, one after the other. */
const oneByOne = {
  rules: { concurrency: 1 },
  outcomes: () => ({ status: 'completed', talkSeconds: 1800 }) as const,
};

const begun = (name: string, more = {}): Scenario => ({
  async play(rig, uri) {
    const handle = await rig.begin({ contacts: { uri }, ...more }, name);
    await handle.result().catch(() => undefined);
    return undefined;
  },
});

/** While it waits for its start: no time passes before its end is asked for. */
const halted = (name: 'stopped' | 'canceled', way: Way): Scenario => ({
  async play(rig, uri) {
    const startAt = iso((await rig.env.currentTimeMs()) + HOUR);
    const handle = await rig.begin({ contacts: { uri }, startAt }, name);
    await rig.env.sleep(3 * MINUTE);
    await haltBy(way, handle, { by: 'the recorder' });
    await handle.result().catch(() => undefined);
    return undefined;
  },
});

/** With a start a day ahead, which is moved as often. */
const moved = (name: string, times: number, more = {}): Scenario => ({
  async play(rig, uri) {
    const startAt = (await rig.env.currentTimeMs()) + DAY;
    const handle = await rig.begin({ contacts: { uri }, startAt: iso(startAt), ...more }, name);
    await rig.env.sleep(HOUR);
    for (let time = 1; time <= times; time++) {
      const asked = await ask(handle, rescheduleUpdate, { startAt: iso(startAt + time * HOUR) });
      await rig.env.sleep(2 * MINUTE);
      await asked.result();
    }
    await handle.result();
    return undefined;
  },
});

/** For servers that skip time. */
export const onVirtualTime: Scenarios = {
  budget: begun('budget', { maxCost: 1 }),
  canceled: halted('canceled', 'signal cancel'),
  completed: begun('completed'),
  'far-ahead': {
    play: async (rig, uri) =>
      begun('far-ahead', { startAt: iso((await rig.env.currentTimeMs()) + 45 * DAY) }).play(rig, uri),
  },
  stopped: halted('stopped', 'signal stop'),
  missed: {
    async play(rig, uri) {
      const now = await rig.env.currentTimeMs();
      rig.simulator.addFault({ endpoint: 'schedule', during: [now, now + 9 * HOUR], action: { status: 503 } });
      return begun('missed').play(rig, uri);
    },
  },
  failed: {
    async play(rig, uri) {
      rig.simulator.addFault({ endpoint: 'create', action: { status: 422 } });
      return begun('failed').play(rig, uri);
    },
  },
  split: {
    async play(rig, uri) {
      await begun('split', { maxRowsPerBatch: 2, maxBatchesAtOnce: 2 }).play(rig, uri);
      return [batchWorkflowId('split', 1)];
    },
  },
  moved: moved('moved', 2),
  'split-moved': {
    async play(rig, uri) {
      await moved('split-moved', 1, { maxRowsPerBatch: 4 }).play(rig, uri);
      return [batchWorkflowId('split-moved', 1)];
    },
  },
  hinted: {
    // Nobody is there: the hints are the recorder's own.
    world: { ...oneByOne, context: { webhooks: { addressOf: () => 'http://127.0.0.1:9/', pollMaxMs: HOUR } } },
    async play(rig, uri) {
      const handle = await rig.begin({ contacts: { uri } }, 'hinted');
      for (let hints = 0; hints < 2; hints++) {
        await rig.env.sleep(40 * MINUTE);
        await handle.signal(hintSignal);
      }
      await handle.result();
      return undefined;
    },
  },
  told: told(),
  attended: attended(),
};

/** Calls somebody back, who takes nothing for an hour. */
function told(): Scenario {
  const local = parseNetwork('127.0.0.1');
  const outside = new Outside({ allowed: local ? [local] : [] });
  return {
    world: { ...oneByOne, context: { outside, callbackSecrets: secrets } },
    async play(rig, uri) {
      const since = await rig.env.currentTimeMs();
      const receiver = await CallbackReceiver.start(
        () => rig.env.currentTimeMs(),
        (_, at) => (at < since + HOUR ? 503 : 204),
      );
      try {
        const handle = await rig.begin({ contacts: { uri }, callbackUrl: receiver.url }, 'told');
        await handle.result();
        const callbacks = `told/callbacks/${handle.firstExecutionRunId}`;
        await rig.client.workflow.getHandle(callbacks).result();
        return [callbacks];
      } finally {
        await receiver.close();
        await outside.close();
      }
    },
  };
}

/** Its key is refused for a while, which its lists show. */
function attended(): Scenario {
  let key: KeyVerdict = 'ok';
  return {
    world: { ...oneByOne, keys: () => key },
    async play(rig, uri) {
      const handle = await rig.begin({ contacts: { uri } }, 'attended');
      const shows = async (attention: string | undefined) => {
        while (((await handle.describe()).typedSearchAttributes.get(ATTRIBUTES.attention) ?? undefined) !== attention)
          await rig.env.sleep(MINUTE);
      };
      await rig.env.sleep(20 * MINUTE);
      key = 'unauthorized';
      await shows('key-refused');
      key = 'ok';
      await shows(undefined);
      await handle.result();
      return undefined;
    },
  };
}

/** The world of scenarios on real servers. */
export const REAL_WORLD: NonNullable<Scenario['world']> = {
  speed: SPEED,
  rules: { concurrency: 1 },
  outcomes: () => ({ status: 'completed', talkSeconds: 300 }),
  context: { rules: bolnaRules(SPEED), leadMs: 2_000, polling: { minMs: 100, maxMs: 500 } },
};

const called = (rig: Rig) =>
  until(
    () => 'a call',
    () => rig.simulator.dials().length > 0,
  );
const SPLIT = { maxRowsPerBatch: 2, maxBatchesAtOnce: 1 };

/** What the time-skipping server mishandles: changes while calls run. */
export const onRealTime: Scenarios = {
  'split-stopped': {
    async play(rig, uri) {
      const handle = await rig.begin({ contacts: { uri }, ...SPLIT }, 'split-stopped');
      await called(rig);
      await rig.stop(handle, { by: 'the recorder' });
      await handle.result();
      return [batchWorkflowId('split-stopped', 1)];
    },
  },
  'stop-asked': {
    async play(rig, uri) {
      const handle = await rig.begin({ contacts: { uri } }, 'stop-asked');
      await called(rig);
      await handle.executeUpdate(stopUpdate, { args: [{ by: 'the recorder' }] });
      await handle.result();
      return undefined;
    },
  },
  limited: {
    async play(rig, uri) {
      const handle = await rig.begin({ contacts: { uri } }, 'limited');
      await called(rig);
      for (const maxCost of [100_000, 1])
        await handle.executeUpdate(setMaxCostUpdate, { args: [{ maxCost, by: 'the recorder' }] });
      await handle.result();
      return undefined;
    },
  },
};

/** For servers that suggest a new run soon, which the time-skipping one never does. */
export const onShortHistories: Scenarios = {
  continued: {
    async play(rig, uri) {
      await (await rig.begin({ contacts: { uri }, ...SPLIT }, 'continued')).result();
      return [batchWorkflowId('continued', 1)];
    },
  },
};
