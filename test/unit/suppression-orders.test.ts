import { batchFileName, partOf } from '../../activities/campaign-batches';
import type { ActivityContext } from '../../activities/context';
import { readRecord } from '../../activities/schedule-record';
import type {
  Contacts,
  CreatedBatch,
  RecordedSuppression,
  ScheduleOutcome,
  StoppedCalls,
} from '../../activities/types';
import { mayHaveStart } from '../../activities/unstarted';
import type { Batch } from '../../bolna/schemas';
import { campaignFiles } from '../../storage/campaign-files';
import { readStanding } from '../../storage/changes';
import { LoneSteps, StepAttempt } from '../support/lone-steps';
import { AGENT, csvOf, DAY, HOUR, MINUTE, numberOf } from '../support/rig';

/**
 * A suppression order that comes between any two lines of the steps that create, schedule and move a batch, while an attempt dies or
 * another one does the same beside it: nobody is called twice, and nobody of whom was said that the order came in time.
 */

const CAMPAIGN = 'lone';
const MOST_ROUNDS = 20;

let steps: LoneSteps;
afterEach(() => steps.close());

/** What is done before the n-th request or operation of a step, counted from 1 over all of them. */
type Event = (n: number, what: string) => Promise<void>;

const READS = { storage: ['size', 'read'], bolna: ['listBatches', 'getBatch'] };
const CHANGES = { storage: ['claim'], bolna: ['createBatch', 'scheduleBatch', 'deleteBatch'] };

/** Everything that a step changes, and what it reads unless only changes are wanted, with an event before each. */
function watched(event: Event, reads = READS): ActivityContext {
  let n = 0;
  const over = <T extends object>(object: T, names: readonly string[]): T =>
    new Proxy(object, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        if (!names.includes(String(name))) return value.bind(target);
        return async (...given: unknown[]) => {
          await event(++n, String(name));
          return value.apply(target, given);
        };
      },
    });
  return {
    ...steps.context,
    storage: over(steps.storage, [...reads.storage, ...CHANGES.storage]),
    bolna: over(steps.context.bolna, [...reads.bolna, ...CHANGES.bolna]),
  };
}

const move = (batchId: string) => ({ campaignId: CAMPAIGN, agentId: AGENT, batchId });

/** What the workflow does with these steps until a batch has its start. */
async function begin(contacts: Contacts, startAt: number, context = steps.context, part?: number): Promise<string[]> {
  const { fileName, edition } = contacts;
  const outcomes: string[] = [];
  let batch: CreatedBatch | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    batch ??= await steps.persist('createBatch', { ...steps.ofBatch(fileName, part), edition }, context);
    if (batch.nobodyLeft) return outcomes;
    const { batchId, leftOut } = batch;
    const ask = { ...steps.toSchedule(fileName, batchId, part, startAt), leftOut };
    const told: ScheduleOutcome = await steps.persist('scheduleBatch', ask, context);
    outcomes.push(told.outcome);
    if (told.outcome === 'scheduled') return outcomes;
    if (told.outcome === 'superseded') batch = { ...batch, batchId: told.by, leftOut: undefined as never };
    else {
      if (told.outcome === 'outdated' && told.claimed)
        await steps.persist('moveBatch', { ...move(batchId), part, outdated: true }, context);
      batch = undefined;
    }
  }
  throw new Error(`No end: ${outcomes.join(' ')}`);
}

let lists = 0;
async function order({ fileName, edition, split }: Contacts, i: number): Promise<number> {
  const path = `${CAMPAIGN}/list-${++lists}.json`;
  await steps.storage.write(path, JSON.stringify({ numbers: [numberOf(i)] }));
  const ask = {
    campaignId: CAMPAIGN,
    list: steps.storage.uriOf(path),
    contacts: { fileName, edition: edition ?? '', ...(split && { split }) },
  };
  const recorded: RecordedSuppression = await steps.persist('recordSuppression', ask);
  return recorded.order;
}

const look = ({ fileName }: Contacts, n: number, remakeAsked: boolean) =>
  steps.attempt('stopCalls', {
    ...{ campaignId: CAMPAIGN, agentId: AGENT, fileName, order: n, told: 'nothing' as const },
    remakesAsked: remakeAsked ? [{}] : [],
  }).outcome;

/** What it is answered, with the batches making way that are asked to: undefined where there is no answer yet. */
async function answer(contacts: Contacts, n: number, startAt: number): Promise<string | undefined> {
  const seen: StoppedCalls | undefined = await look(contacts, n, false).catch(() => undefined);
  if (!seen?.remake) return seen?.numbers[0]?.is;
  for (const { id, status } of steps.simulator.batches())
    if (status === 'scheduled') await steps.persist('moveBatch', move(id));
  await begin(contacts, startAt);
  return (await look(contacts, n, true).catch(() => undefined))?.numbers[0]?.is;
}

const CONTACTS = 3;

/** Each other person once, and those of whom it was said, never. */
async function isKept(who: string, suppressed = [0]): Promise<void> {
  await steps.pass(3 * DAY);
  const everyone = Array.from({ length: CONTACTS }, (_, i) => i);
  const others = everyone.filter((i) => !suppressed.includes(i)).map(numberOf);
  expect({ who, dialled: steps.dialled() }).toEqual({ who, dialled: others });
}

class Died extends Error {}

test.each([
  ['goes on', false, false],
  ['dies', true, false],
  ['goes on with a batch that is outdated already', false, true],
  ['dies with a batch that is outdated already', true, true],
])('an order before any request of an attempt that %s', async (_, dies, isSecond) => {
  let last = 0;
  const seen = new Set<string>();
  for (let at = 1; at === 1 || at <= last; at++) {
    steps = await LoneSteps.start();
    const contacts = await steps.validate(csvOf(CONTACTS));
    const startAt = steps.now + 3 * HOUR;
    let answered: string | undefined;
    let n = 0;
    let isClaimed = false;
    const context = watched(
      async (count, what) => {
        last = Math.max(last, count);
        if (isSecond && what === 'scheduleBatch' && !isClaimed) {
          isClaimed = true;
          await look(contacts, await order(contacts, 1), false);
          throw new Died('with its claim');
        }
        if (count !== at) return;
        n = await order(contacts, 0);
        // As far as it can be answered while the attempt stands here.
        const told = await look(contacts, n, false).catch(() => undefined);
        answered = told?.remake ? undefined : told?.numbers[0]?.is;
        seen.add(`${what}: ${answered ?? 'open'}`);
        if (dies) throw new Died(`before ${what}`);
      },
      // To die before a read is to die before the next change.
      dies || isSecond ? { storage: [], bolna: [] } : READS,
    );
    await begin(contacts, startAt, context);
    const who = `order before request ${at}`;
    answered = answered ?? (n > 0 ? await answer(contacts, n, startAt) : undefined);
    expect({ who, answered }).toEqual({ who, answered: n > 0 ? 'prevented' : undefined });
    if (n > 0) await isKept(who, isSecond ? [0, 1] : [0]);
    await steps.close();
  }
  // The order is found before and behind the claim.
  const expected = [
    'createBatch: prevented',
    'claim: prevented',
    isSecond ? 'deleteBatch: open' : 'scheduleBatch: open',
  ];
  expect([...seen].sort()).toEqual(expect.arrayContaining(expected));
});

test.each([
  ['goes on', false],
  ['dies', true],
])(
  'an order near the start, before any change of an attempt that %s: no batch is deleted, and nobody else is lost',
  async (_, dies) => {
    const seen = new Set<string>();
    let last = 0;
    for (let at = 1; at === 1 || at <= last; at++) {
      steps = await LoneSteps.start({ rules: { concurrency: 1 } });
      const contacts = await steps.validate(csvOf(CONTACTS));
      await steps.pass(5 * MINUTE);
      let answered: string | undefined;
      let isOrdered = false;
      const context = watched(
        async (count, what) => {
          last = Math.max(last, count);
          if (count !== at) return;
          isOrdered = true;
          const told = await look(contacts, await order(contacts, 2), false).catch(() => undefined);
          answered = told?.numbers[0]?.is;
          seen.add(`${what}: ${answered ?? 'open'}`);
          if (dies) throw new Died(`before ${what}`);
        },
        { storage: [], bolna: [] },
      );
      await begin(contacts, steps.now, context);
      while (steps.dialled().length === 0) await steps.pass(1_000);
      const who = `order before change ${at}`;
      // The last changes are made only where the order has come between the ones before.
      if (isOrdered) answered ??= (await look(contacts, 1, false).catch(() => undefined))?.numbers[0]?.is;
      expect({ who, answered }).toEqual({ who, answered: isOrdered ? 'prevented' : undefined });
      await isKept(who, isOrdered ? [2] : []);
      expect(steps.simulator.requests.filter(({ endpoint }) => endpoint === 'delete')).toEqual([]);
      await steps.close();
    }
    expect([...seen]).toEqual(['createBatch: prevented', 'claim: prevented', 'scheduleBatch: open']);
  },
);

test('an attempt that stands before any request while another one schedules the batch, and an order comes', async () => {
  for (let at = 1; ; at++) {
    steps = await LoneSteps.start();
    const contacts = await steps.validate(csvOf(CONTACTS));
    const startAt = steps.now + 3 * HOUR;
    const created = await steps.create(contacts);
    const ask = { ...steps.toSchedule(contacts.fileName, created.batchId, undefined, startAt), leftOut: 0 };
    let answered: string | undefined;
    let isThere = false;
    const context = watched(async (count) => {
      if (count !== at) return;
      isThere = true;
      await steps.persist('scheduleBatch', ask);
      const n = await order(contacts, 0);
      const told = await look(contacts, n, false).catch(() => undefined);
      expect(told).toMatchObject({ numbers: [{ is: 'open' }], remake: [{}] });
      // What is asked of it is done before, or after this attempt has ended.
      if (at % 2 === 0) answered = await answer(contacts, n, startAt);
    });
    const { outcome } = steps.attempt('scheduleBatch', ask, context);
    const told = await outcome.catch(() => undefined);
    if (!isThere) break;
    if (told?.outcome === 'outdated') await steps.persist('moveBatch', { ...move(created.batchId), outdated: true });
    // The workflow hears one of the two attempts, and goes on.
    await begin(contacts, startAt);
    answered ??= await answer(contacts, 1, startAt);
    const who = `late attempt before request ${at}`;
    expect({ who, answered }).toEqual({ who, answered: 'prevented' });
    await isKept(who);
    await steps.close();
  }
});

test('a claimed batch that is outdated is deleted although its start was taken and the answer lost', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(CONTACTS));
  const startAt = steps.now + 3 * HOUR;
  const { batchId } = await steps.create(contacts);
  steps.simulator.addFault({ endpoint: 'schedule', nth: 1, action: { status: 502, after: true } });
  const ask = { ...steps.toSchedule(contacts.fileName, batchId, undefined, startAt), leftOut: 0 };
  await expect(steps.attempt('scheduleBatch', ask).outcome).rejects.toThrow();
  const n = await order(contacts, 0);
  await expect(look(contacts, n, false)).resolves.toMatchObject({ numbers: [{ is: 'open' }] });
  expect(await begin(contacts, startAt)).toEqual(['outdated', 'scheduled']);
  expect(await answer(contacts, n, startAt)).toBe('prevented');
  await isKept('lost answer');
});

test('a batch without a claim that shows an unknown word is neither taken over nor in the way of a start or a move', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(CONTACTS));
  const startAt = steps.now + 3 * HOUR;
  const { batchId } = await steps.create(contacts);
  steps.simulator.override(batchId, { status: 'validating' });
  const n = await order(contacts, 0);
  // Until the record of starts has the order, the batch may be given a start.
  expect(await steps.create(contacts)).toMatchObject({ adopted: true, batchId });
  expect(await answer(contacts, n, startAt)).toBe('prevented');
  expect(await begin(contacts, startAt)).toEqual(['scheduled']);
  const second = await order(contacts, 1);
  expect(await look(contacts, second, false)).toMatchObject({ remake: [{}] });
  const { batchId: standing = '' } = (await readRecord(steps.storage, { campaignId: CAMPAIGN })) ?? {};
  expect(await steps.persist('moveBatch', move(standing))).toEqual({ outcome: 'moved' });
  expect(await begin(contacts, startAt)).toEqual(['scheduled']);
  await isKept('unknown word', [0, 1]);
});

test('a batch without a claim whose calls are in an unknown status may be calling: no other one is made, and no number is answered', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(CONTACTS));
  const { batchId } = await steps.create(contacts);
  const show = (calls: Record<string, number>) =>
    steps.simulator.override(batchId, { status: 'validating', execution_status: calls });
  show({ 'handed-to-carrier': CONTACTS });
  const n = await order(contacts, 0);
  await expect(look(contacts, n, false)).rejects.toMatchObject({
    message: expect.stringMatching(/of 1 contacts, 1 are not shown/),
    nextRetryDelay: 2_000,
  });
  // It can stay so for weeks.
  const asked = { campaignId: CAMPAIGN, agentId: AGENT, fileName: contacts.fileName, order: n, remakesAsked: [] };
  const later = new StepAttempt(steps.context, 'stopCalls', { ...asked, told: 'nothing' }, { attempt: 60 });
  await expect(later.outcome).rejects.toMatchObject({ nextRetryDelay: 10 * MINUTE });
  expect(await steps.create(contacts)).toMatchObject({ adopted: true, batchId });
  const ask = { ...steps.toSchedule(contacts.fileName, batchId, undefined, steps.now), leftOut: 0 };
  expect(await steps.persist('scheduleBatch', ask)).toEqual({ outcome: 'outdated', claimed: false });
  // Once Bolna shows what they are, another one is made.
  show({ prepared: CONTACTS });
  expect(await look(contacts, n, false)).toMatchObject({ numbers: [{ is: 'prevented' }] });
  const { batchId: other } = await steps.create(contacts);
  expect(other).not.toBe(batchId);
  await isKept('unknown calls', [0, 1, 2]);
});

test('a batch that shows an unknown word and has a claim may have a start, whatever orders came since', async () => {
  steps = await LoneSteps.start();
  const contacts = await steps.validate(csvOf(CONTACTS));
  const { batchId } = await steps.create(contacts);
  await steps.schedule(contacts, batchId, undefined, steps.now + 3 * HOUR);
  steps.simulator.override(batchId, { status: 'validating', scheduled_at: undefined });
  await look(contacts, await order(contacts, 0), false).catch(() => undefined);
  const [listed] = await steps.context.bolna.listBatches(AGENT, CAMPAIGN);
  if (!listed) throw new Error('It is not listed.');
  const { signal } = new AbortController();
  expect(listed.phase).toBe('unknown');
  expect(await mayHaveStart(steps.context, { campaignId: CAMPAIGN }, listed, { signal })).toBe(true);
});

test.each([
  ['one batch', undefined, 2],
  ['several batches', 2, undefined],
])(
  'an order of a run with %s concerns the batches of a run that splits the same contacts otherwise',
  async (_, before, now) => {
    steps = await LoneSteps.start();
    const validate = (maxRowsPerBatch: number | undefined) => steps.validate(csvOf(4), { maxRowsPerBatch });
    const parts = now === undefined ? [undefined] : [1, 2];
    // A run creates its first batch, and is terminated before it schedules it.
    await steps.create(await validate(now), parts[0]);
    const earlier = await validate(before);
    const n = await order(earlier, 0);
    await expect(look(earlier, n, false)).resolves.toEqual({ numbers: [{ is: 'prevented' }], done: false });
    // That one is terminated as well, and the next one makes batches as the first one did.
    const contacts = await validate(now);
    for (const part of parts) {
      // No batch that was made before the order can be given its start any more.
      const ours = { ...steps.toSchedule(contacts.fileName, '', part), leftOut: 0 };
      const unclaimed = steps.simulator
        .batches()
        .find(({ fileName }) => partOf(CAMPAIGN, { fileName } as Batch) === part);
      if (unclaimed)
        expect(await steps.persist('scheduleBatch', { ...ours, batchId: unclaimed.id })).toMatchObject({
          outcome: 'outdated',
        });
      const { batchId, leftOut } = await steps.create(contacts, part);
      expect(leftOut).toBe(1);
      expect(await steps.persist('scheduleBatch', { ...ours, batchId, leftOut })).toMatchObject({
        outcome: 'scheduled',
      });
    }
    await steps.pass(DAY);
    expect(steps.dialled()).toEqual([1, 2, 3].map(numberOf));
  },
);

test.each([
  ['has claimed a batch that has the contact', 'claimed', 0, undefined, ['outdated', 'scheduled']],
  ['has scheduled a batch that has the contact', 'scheduled', 0, undefined, ['outdated', 'scheduled']],
  ['has claimed one of several batches that has the contact', 'claimed', 0, 1, ['outdated', 'scheduled']],
  ['has claimed a batch made without the contact', 'claimed', 1, undefined, ['scheduled']],
  ['has scheduled a batch made without the contact', 'scheduled', 1, undefined, ['scheduled']],
] as const)(
  'a worker of an earlier version, which drops orders from the record, %s: the contact is not called',
  async (_, what, leftOut, part, outcomes) => {
    steps = await LoneSteps.start();
    const split = part === undefined ? {} : { maxRowsPerBatch: 2 };
    const contacts = await steps.validate(csvOf(CONTACTS), split);
    const startAt = steps.now + 3 * HOUR;
    const created = leftOut === 0 ? await steps.create(contacts, part) : undefined;
    const n = await order(contacts, 0);
    // Until another batch has the claim, such a worker may start this one.
    const done = created === undefined;
    await expect(look(contacts, n, false)).resolves.toEqual({ numbers: [{ is: 'prevented' }], done });
    const { batchId } = created ?? (await steps.create(contacts, part));
    const { schedule } = campaignFiles(CAMPAIGN, part);
    const { change } = await readStanding(steps.storage, schedule);
    const fileName = batchFileName({ fileName: contacts.fileName, part });
    const claim = { batchId, fileName, account: 'default', requestedStart: startAt, roundedStart: startAt };
    await steps.storage.claim(schedule(change + 1), JSON.stringify(claim));
    if (what === 'scheduled') await steps.context.bolna.scheduleBatch(batchId, startAt, {});
    expect(await begin(contacts, startAt, steps.context, part)).toEqual(outcomes);
    if (part !== undefined) await begin(contacts, startAt, steps.context, 2);
    await isKept('dropped order');
  },
);
