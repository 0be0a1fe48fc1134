import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { parse } from 'csv-parse/sync';
import { validateContacts } from '../../activities/contacts';
import { openContacts } from '../../activities/split';
import type { Contacts } from '../../activities/types';
import { LocalStorage } from '../../storage/local';
import { StorageError } from '../../storage/storage';
import type { CampaignInput } from '../../workflows/input';
import { expectNobodyCalled, numbersDialled, scheduledBatches } from '../support/once';
import { csvOf, DAY, HOUR, numberOf, Rig } from '../support/rig';
import { TestServer } from '../support/test-server';

const ROWS = 5;
/** Four people; one of them twice, and a row that is none. */
const CSV = `${csvOf(ROWS)}${numberOf(1)},Again\nnone,Nobody\n`;
const numbers = (...rows: number[]) => rows.map((row) => numberOf(row));
let campaigns = 0;

describe('people on a suppression list', () => {
  let env: TestServer;
  let rig: Rig;
  let folder: string;
  beforeAll(async () => {
    env = await TestServer.skipping();
    folder = await mkdtemp(join(tmpdir(), 'lists-'));
  });
  afterAll(async () => {
    await env.teardown();
    await rm(folder, { recursive: true });
  });
  afterEach(() => rig.close());

  /** The worker's own list, as a file on its machine. */
  const ours = () => join(folder, 'ours.csv');
  const write = (list: string, ...rows: number[]) =>
    writeFile(list, `contact_number\n${numbers(...rows).join('\n')}\n`);
  const results = async (id: string) =>
    (parse(await rig.file(id, 'results.csv'), { columns: true }) as Record<string, string>[]).map(
      ({ contact_number: number, result, reason }) => ({ number, result, reason }),
    );

  test('are not sent to Bolna, and each of their rows ends as suppressed', async () => {
    await write(ours(), 1, 77);
    rig = await Rig.start({ env, context: { suppress: [ours()] } });
    await rig.storage.write('lists/theirs.txt', `+1 (202) 555-0103\n2025550177\n`);
    await rig.run(async () => {
      const suppress = [rig.storage.uriOf('lists/theirs.txt')];
      const handle = await rig.begin({ contacts: { csv: CSV }, suppress });
      const result = await handle.result();
      const contacts = { total: 7, valid: 3, rejected: 1, duplicates: 0, suppressed: 3 };
      expect(result).toMatchObject({ status: 'completed', contacts, outcomes: { suppressed: 3, rejected: 1 } });
      expect(Object.values(result.outcomes).reduce((a, b) => a + b, 0)).toBe(7);
      expect(numbersDialled(rig)).toEqual(numbers(0, 2, 4));
      expect(rig.simulator.batches()[0]?.csv).not.toContain(numberOf(1));

      const { workflowId: id } = handle;
      const rows = await results(id);
      const onList = { result: 'suppressed', reason: 'is on a suppression list' };
      expect([rows[1], rows[3], rows[5]]).toEqual(numbers(1, 3, 1).map((number) => ({ number, ...onList })));
      expect(JSON.parse(await rig.file(id, 'summary.json'))).toMatchObject({ contacts, outcomes: { suppressed: 3 } });
      expect((await rig.progress(handle)).contacts).toEqual(contacts);
      expect(await rig.file(id, 'rejected.csv')).toContain(`3,contact_number,${numberOf(1)},${onList.reason}`);
      expect(result.notes).toEqual([]);
    });
  });

  test('are not called, in whatever form the list has their numbers', async () => {
    rig = await Rig.start({ env });
    const forms = ['(202) 555-0101', '0012025550102', 'tel:+12025550103', '+12025550104 x5', '="+12025550105"'];
    await rig.storage.write('theirs.txt', `phone\n${forms.join('\n')}\n`);
    await rig.run(async () => {
      const suppress = rig.storage.uriOf('theirs.txt');
      const result = await (await rig.begin({ contacts: { csv: csvOf(7) }, suppress })).result();
      expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 5 }, notes: [] });
      expect(numbersDialled(rig)).toEqual(numbers(0, 6));
    });
  });

  describe('of whom the list names one who cannot be known', () => {
    beforeEach(async () => {
      rig = await Rig.start({ env });
      await rig.storage.write('theirs.txt', `${numberOf(1)}\n555-0103\n`);
    });
    const told = /1 of 2 entries of the suppression list .*theirs\.txt cannot be read .*\(line 2 "•••-••••"\)/;

    test('refuse the campaign: nobody is called', async () => {
      await rig.run(async () => {
        const handle = await rig.begin({ suppress: rig.storage.uriOf('theirs.txt') });
        await expect(handle.result()).rejects.toThrow();
        const { status, errorType, reason } = await rig.memoResult(handle);
        expect([status, errorType]).toEqual(['failed', 'InvalidSuppression']);
        expect(reason).toMatch(told);
        expect(rig.simulator.requests).toEqual([]);
        expect(JSON.stringify(await handle.fetchHistory())).not.toContain('555-0103');
      });
    });

    test.each([
      ['in one batch', {}],
      ['in several', { maxRowsPerBatch: 2 }],
    ])('are left to call where the input says so, and the campaign says that: %s', async (_, more) => {
      await rig.run(async () => {
        const suppress = rig.storage.uriOf('theirs.txt');
        const handle = await rig.begin({
          contacts: { csv: CSV },
          suppress,
          ignoreUnreadableSuppressions: true,
          ...more,
        });
        await env.sleep(60_000);
        expect((await rig.progress(handle)).attention).toMatchObject({ kind: 'suppressions-unreadable' });
        const result = await handle.result();
        expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 2 } });
        expect(result.notes).toEqual([expect.stringMatching(told)]);
        expect((await rig.progress(handle)).attention).toBeUndefined();
        expect(numbersDialled(rig)).toEqual(numbers(0, 2, 3, 4));
      });
    });
  });

  test('the results of a campaign are refused as contacts', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const first = await rig.begin({ contacts: { csv: CSV } });
      await first.result();
      const calls = numbersDialled(rig);
      await rig.storage.write('second.csv', await rig.file(first.workflowId, 'results.csv'));
      const second = await rig.begin({ contacts: { uri: rig.storage.uriOf('second.csv') } });
      await expect(second.result()).rejects.toThrow();
      expect(await rig.memoResult(second)).toMatchObject({
        errorType: 'InvalidContacts',
        reason: expect.stringContaining('bolna-campaigns results ID --only'),
      });
      expect(numbersDialled(rig)).toEqual(calls);
    });
  });

  test('in several batches are in none of them', async () => {
    await write(ours(), 1, 3);
    rig = await Rig.start({ env, context: { suppress: [ours()] } });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: CSV }, maxRowsPerBatch: 2 });
      const { outcomes, status } = await handle.result();
      expect(status).toBe('completed');
      expect(outcomes).toMatchObject({ suppressed: 3, rejected: 1 });
      // Both are made at once: which comes first is left open.
      expect(
        rig.simulator
          .batches()
          .map(({ contacts }) => contacts.length)
          .sort(),
      ).toEqual([1, 2]);
      expect(numbersDialled(rig)).toEqual(numbers(0, 2, 4));
    });
  });

  test('are not looked for where there is no list: nothing is said of it', async () => {
    rig = await Rig.start({ env });
    await rig.run(async () => {
      const handle = await rig.begin({ contacts: { csv: CSV } });
      const result = await handle.result();
      expect(result.contacts).toEqual({ total: 7, valid: 5, rejected: 1, duplicates: 1 });
      expect(result.outcomes).not.toHaveProperty('suppressed');
    });
  });

  describe('cannot be told from a list that cannot be used', () => {
    test.each([
      ['is not there', undefined, 'InvalidSuppression', /theirs\.csv cannot be used: there is no such file\./],
      ['is no list', 'who,name\n+12025550101,Asha\n', 'InvalidSuppression', /cannot be used: It has several columns/],
    ])('since it %s: the campaign is refused, and nobody called', async (_, text, errorType, reason) => {
      rig = await Rig.start({ env });
      await rig.run(async () => {
        if (text !== undefined) await rig.storage.write('theirs.csv', text);
        const handle = await rig.begin({ suppress: rig.storage.uriOf('theirs.csv') });
        await expect(handle.result()).rejects.toThrow();
        expect(await rig.memoResult(handle)).toMatchObject({
          status: 'failed',
          errorType,
          reason: expect.stringMatching(reason),
        });
        expect(rig.simulator.requests).toEqual([]);
      });
    });

    test('since it is not in the storage: no caller has other files of the machine read', async () => {
      await write(ours(), 1);
      rig = await Rig.start({ env });
      await rig.run(async () => {
        const handle = await rig.begin({ suppress: `file://${ours()}` });
        await expect(handle.result()).rejects.toThrow();
        expect((await rig.memoResult(handle)).reason).toMatch(/is not in the campaign storage/);
        expect(rig.simulator.requests).toEqual([]);
      });
    });

    test('while the storage is down, which is waited for', async () => {
      rig = await Rig.start({ env, context: { storage: new FlakyStorage(folder, 'theirs.csv') } });
      await write(join(folder, 'theirs.csv'), 1);
      await rig.whileWorking(async () => {
        const suppress = rig.context.storage.uriOf('theirs.csv');
        const result = await (await rig.begin({ contacts: { csv: CSV }, suppress }, 'flaky')).result();
        expect(result).toMatchObject({ status: 'completed', outcomes: { suppressed: 2 } });
      });
    });
  });

  test('are not called where a worker of an older version knows nothing of lists', async () => {
    rig = await Rig.start({ env });
    rig.change = (activities) => ({
      ...activities,
      async validateContacts({ suppress: _, ...ask }) {
        return activities.validateContacts(ask);
      },
    });
    await rig.run(async () => {
      await rig.storage.write('theirs.csv', `${numberOf(1)}\n`);
      const handle = await rig.begin({ contacts: { csv: CSV }, suppress: rig.storage.uriOf('theirs.csv') });
      await expect(handle.result()).rejects.toThrow();
      expect((await rig.memoResult(handle)).reason).toMatch(/^A worker of an older version .* Update all workers/);
      expectNobodyCalled(rig);
      expect(rig.simulator.batches()).toEqual([]);
    });
  });

  describe('who have come onto it since an earlier run of the campaign', () => {
    let id: string;
    beforeEach(() => {
      id = `list-${++campaigns}`;
    });

    const input = async (more: Partial<CampaignInput> = {}): Promise<Partial<CampaignInput>> => ({
      contacts: { csv: CSV },
      startAt: new Date((await env.currentTimeMs()) + DAY).toISOString(),
      ...more,
    });

    /** A first run that has its start, or `before`, in a campaign that nothing was asked a start for. */
    async function firstRun(end: 'scheduled' | 'before', more: Partial<CampaignInput> = {}): Promise<void> {
      if (end === 'before') rig.simulator.addFault({ endpoint: 'create', action: { status: 422 } });
      const handle = await rig.begin(await input(more), id);
      if (end === 'before') {
        await expect(handle.result()).rejects.toThrow();
        rig.simulator.clearFaults();
        return;
      }
      await env.sleep(HOUR);
      expect((await rig.progress(handle)).state).toMatch(/waiting|running/);
      await handle.terminate();
      expectNobodyCalled(rig);
    }

    test.each([
      ['in one batch', {}],
      ['in several', { maxRowsPerBatch: 2 }],
    ])('stay in what has been scheduled, and the campaign goes on and says so: %s', async (_, more) => {
      await write(ours(), 1);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('scheduled', more);
        const batches = scheduledBatches(rig);
        await write(ours(), 1, 2, 3);
        const result = await (await rig.begin(await input(more), id)).result();
        expect(result).toMatchObject({ status: 'completed', contacts: { valid: 4, suppressed: 2 } });
        expect(result.notes).toContain(
          '2 numbers have come onto a suppression list since the campaign began, and stand in its batch: stop the campaign if they must not be called.',
        );
        expect(numbersDialled(rig)).toEqual(numbers(0, 2, 3, 4));
        expect(scheduledBatches(rig)).toEqual(batches);
      });
    });

    test('stay in it also where nobody was left out at first', async () => {
      await write(ours(), 77);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('scheduled');
        await write(ours(), 4);
        const result = await (await rig.begin(await input(), id)).result();
        expect(result).toMatchObject({ status: 'completed', contacts: { valid: 5, suppressed: 0 } });
        expect(result.notes.join()).toContain('1 number has come onto');
      });
    });

    test('are left out where nothing was scheduled yet', async () => {
      await write(ours(), 1);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('before');
        await write(ours(), 1, 2);
        const result = await (await rig.begin(await input(), id)).result();
        expect(result).toMatchObject({ status: 'completed', contacts: { valid: 3, suppressed: 3 } });
        expect(result.notes).toEqual([]);
        expect(numbersDialled(rig)).toEqual(numbers(0, 3, 4));
      });
    });

    test('and those who have left it are called by no further batch', async () => {
      await write(ours(), 1, 2);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('scheduled');
        await write(ours());
        const result = await (await rig.begin(await input(), id)).result();
        expect(result).toMatchObject({ status: 'completed', contacts: { valid: 3, suppressed: 3 } });
        expect(numbersDialled(rig)).toEqual(numbers(0, 3, 4));
      });
    });

    test('and a list that is gone does not hold up what has begun', async () => {
      await write(ours(), 1);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('scheduled');
        await rm(ours());
        const result = await (await rig.begin(await input(), id)).result();
        expect(result).toMatchObject({ status: 'completed', contacts: { valid: 4, suppressed: 2 } });
        expect(result.notes.join()).toMatch(/there is no such file.*has begun and goes on with the contacts it has/);
      });
    });

    test('do not make other contacts pass for the same', async () => {
      await write(ours(), 1);
      rig = await Rig.start({ env, context: { suppress: [ours()] } });
      await rig.run(async () => {
        await firstRun('scheduled');
        const other = await rig.begin(await input({ contacts: { csv: csvOf(ROWS + 1) } }), id);
        await expect(other.result()).rejects.toThrow();
        expect((await rig.memoResult(other)).errorType).toBe('OtherContacts');
      });
    });
  });

  test('are not put into a batch by an attempt that comes late with an older list', async () => {
    rig = await Rig.start({ env });
    const context = { ...rig.context, suppress: [ours()] };
    const ask = { campaignId: 'late', contacts: { csv: csvOf(ROWS) } };
    const attempt = () => new MockActivityEnvironment().run(() => validateContacts(context, ask)) as Promise<Contacts>;
    const sent = async ({ fileName, edition }: Contacts) => {
      const { csv } = await openContacts(rig.storage, { campaignId: 'late', fileName, edition });
      const pieces: Buffer[] = [];
      for await (const piece of csv) pieces.push(piece);
      return Buffer.concat(pieces).toString();
    };
    await write(ours(), 1);
    await attempt();
    await write(ours(), 1, 2);
    const contacts = await attempt();
    const csv = await sent(contacts);
    expect(csv).not.toContain(numberOf(2));
    // What the first would write, had it been frozen until now.
    for (const late of [[1], [], [3]]) {
      await write(ours(), ...late);
      await attempt();
      expect(await sent(contacts)).toBe(csv);
    }
  });
});

/** A storage that is down for the first two who want a file. */
class FlakyStorage extends LocalStorage {
  #fails = 2;
  constructor(
    root: string,
    private readonly file: string,
  ) {
    super(root);
  }

  override async read(...ask: Parameters<LocalStorage['read']>): ReturnType<LocalStorage['read']> {
    if (ask[0] === this.file && this.#fails-- > 0) throw new StorageError('It is down.', 'unreachable', 'ECONNREFUSED');
    return super.read(...ask);
  }
}
