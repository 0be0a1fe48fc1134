import { setTimeout as delay } from 'node:timers/promises';
import type { FaultAction } from '../../simulator/faults';
import type { CampaignEnd } from '../../workflows/state';
import { drawMoment, momentInWords, type Wish } from '../moments';
import type { Random } from '../random';
import type { DrawFault, Fault } from './fault';

const USED = ['create', 'schedule', 'get', 'executions', 'list', 'stop', 'delete', 'any'] as const;
type Target = (typeof USED)[number];

interface Trouble {
  name: string;
  targets: readonly [Target, ...Target[]];
  action: FaultAction;
  /** Ends that it explains. */
  mayEnd?: readonly CampaignEnd[];
}

/** Some requests of one kind, or of all, go wrong; or all of them do, for some of Bolna's hours. */
export const bolna: DrawFault = (random, wishes) => {
  const draw = random.pick([burst, burst, burst, twins, outage, lie]);
  return draw(random, wishes);
};

/** One trouble for a stretch of requests. */
function burst(random: Random): Fault {
  const trouble = drawTrouble(random);
  const endpoint = random.pick(trouble.targets);
  const from = endpoint === 'any' ? random.int(1, 12) : random.pick([1, 1, 2, 3]);
  // Each failure of a step doubles its next wait: five in a row are a minute and a half. A refused key is tried again only
  // after a minute.
  const to = from + (trouble.mayEnd ? random.int(0, 1) : random.int(0, 4));
  return {
    mayEnd: trouble.mayEnd ?? [],
    words: `bolna: ${trouble.name} at ${endpoint} ${from} to ${to}`,
    arrange({ simulator }) {
      simulator.addFault({ endpoint, from, to, action: trouble.action });
    },
  };
}

/** Answers to creates and schedules are lost, and the list does not show what they have made: there will be twins. */
function twins(random: Random): Fault {
  const lost = random.pick<FaultAction>([
    { reset: 'after' },
    { status: 503, after: true },
    { hang: 'after' },
    { html: true },
  ]);
  const creates = random.int(1, 3);
  const blind = random.int(1, 5);
  const schedule = random.chance(0.5);
  return {
    words: `bolna: ${creates} creates${schedule ? ' and a schedule' : ''} with their answers lost (${JSON.stringify(lost)}), ${blind} lists empty`,
    arrange({ simulator }) {
      simulator.addFault({ endpoint: 'create', to: creates, action: lost });
      simulator.addFault({ endpoint: 'list', to: blind, action: { status: 200, body: [] } });
      if (schedule) simulator.addFault({ endpoint: 'schedule', nth: 1, action: lost });
    },
  };
}

/** Nothing works, for 20 minutes to 4 hours of Bolna's. */
function outage(random: Random, wishes: readonly Wish[]): Fault {
  const moment = drawMoment(random, wishes);
  const forMs = random.int(2_000, 24_000);
  const action = random.pick<FaultAction>([
    { status: 503 },
    { status: 502, body: '<html>Bad gateway</html>' },
    { reset: 'before' },
    { hang: true },
    { status: 429, retryAfter: 2 },
    { status: 401 },
  ]);
  const name = `outage of ${forMs / 1000} s (${JSON.stringify(action)})`;
  return {
    words: `bolna: ${name} ${momentInWords(moment)}`,
    mayEnd: 'status' in action && action.status === 401 ? ['failed', 'missed'] : ['missed'],
    arrange(scene) {
      scene.at(moment, async () => {
        const now = Date.now();
        scene.simulator.addFault({ during: [now, now + forMs], action });
        scene.note(name);
        return undefined;
      });
    },
  };
}

/** Answers about the batch that are not true, for a while. */
function lie(random: Random, wishes: readonly Wish[]): Fault {
  const moment = drawMoment(random, wishes);
  const forMs = random.int(300, 6_000);
  const patch = random.pick<Record<string, unknown>>([
    { status: 'created' },
    { status: 'scheduled' },
    { status: 'completed' },
    { status: 'stopped' },
    { status: 'on-hold' },
    { execution_status: {} },
    { execution_status: undefined },
    { file_name: undefined },
    { status: undefined },
    { scheduled_at: null },
    { valid_contacts: 0, total_contacts: 0 },
  ]);
  const name = `${JSON.stringify(patch, (_, value) => (value === undefined ? 'missing' : value))} for ${forMs / 1000} s`;
  return {
    words: `bolna lies: ${name} ${momentInWords(moment)}`,
    arrange(scene) {
      scene.at(moment, async () => {
        const ids = scene.simulator.batches().map(({ id }) => id);
        for (const id of ids) scene.simulator.override(id, patch);
        scene.note(`lie: ${name}`);
        void scene.run(
          delay(forMs).then(() => {
            for (const id of ids) scene.simulator.override(id, null);
          }),
        );
        return undefined;
      });
    },
  };
}

function drawTrouble(random: Random): Trouble {
  const everywhere = USED;
  const reads = ['get', 'list', 'executions'] as const;
  const writes = ['create', 'schedule', 'stop', 'delete'] as const;
  const troubles: readonly [Trouble, ...Trouble[]] = [
    { name: '500', targets: everywhere, action: { status: 500 } },
    { name: '503 after the work', targets: everywhere, action: { status: 503, after: true } },
    { name: '408', targets: everywhere, action: { status: 408 } },
    { name: '429 with Retry-After', targets: everywhere, action: { status: 429, retryAfter: random.int(0, 4) } },
    { name: '429', targets: everywhere, action: { status: 429 } },
    { name: '429 with a strange Retry-After', targets: everywhere, action: { status: 429, retryAfter: 'soon' } },
    { name: 'a hang', targets: everywhere, action: { hang: true } },
    { name: 'a hang after the work', targets: everywhere, action: { hang: 'after' } },
    { name: 'a late request', targets: everywhere, action: { delayMs: random.int(1_000, 9_000) } },
    { name: 'a late answer', targets: everywhere, action: { delayMs: random.int(1_000, 9_000), after: true } },
    { name: 'a reset before the work', targets: everywhere, action: { reset: 'before' } },
    { name: 'a reset after the work', targets: everywhere, action: { reset: 'after' } },
    { name: 'half an answer', targets: everywhere, action: { truncate: random.int(0, 60) } },
    { name: 'an empty answer', targets: everywhere, action: { emptyBody: true } },
    { name: 'a web page', targets: everywhere, action: { html: true } },
    { name: 'another shape', targets: everywhere, action: { status: 200, after: true, body: { message: 'ok' } } },
    { name: 'null', targets: everywhere, action: { status: 200, after: true, body: null } },
    { name: 'a string', targets: everywhere, action: { status: 201, after: true, body: 'OK' } },
    {
      name: '404 for what is there',
      targets: ['get', 'executions'],
      action: { status: 404, body: { message: 'Batch not found' } },
    },
    { name: 'an empty list', targets: ['list'], action: { status: 200, body: [] } },
    { name: '404 after the work', targets: writes, action: { status: 404, after: true }, mayEnd: ['failed'] },
    { name: 'a key refused', targets: reads, action: { status: 401 }, mayEnd: ['failed'] },
  ];
  return random.pick(troubles);
}
