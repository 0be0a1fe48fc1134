import { mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forgetRecord, holdRecord, markDeleting, readRecord } from '../../activities/schedule-record';
import { LocalStorage } from '../../storage/local';

const KEY = { campaignId: 'c' };
const ours = { batchId: 'ours', fileName: 'c-0123456789abcdef.csv', requestedStart: 2000, roundedStart: 3000 };

let folder: string;
let storage: LocalStorage;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'record-'));
  storage = new LocalStorage(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const standing = () => readRecord(storage, KEY);

test('the first to hold it is the one, whoever comes later', async () => {
  const holders = Array.from({ length: 20 }, (_, i) => holdRecord(storage, KEY, { ...ours, batchId: `batch ${i}` }));
  const told = await Promise.all(holders);
  expect(new Set(told.map(({ batchId }) => batchId)).size).toBe(1);
  expect(told[0]).toEqual(await standing());
});

test('holds the earliest start that was ever asked for', async () => {
  await holdRecord(storage, KEY, ours);
  await holdRecord(storage, KEY, { ...ours, requestedStart: 5000, roundedStart: 6000 });
  expect(await standing()).toMatchObject({ requestedStart: 2000, roundedStart: 3000 });
  await holdRecord(storage, KEY, { ...ours, requestedStart: 1000, roundedStart: 1500 });
  expect(await standing()).toMatchObject({ requestedStart: 1000, roundedStart: 1500 });
});

test('each of several batches has a record of its own', async () => {
  await holdRecord(storage, { ...KEY, part: 1 }, ours);
  await holdRecord(storage, { ...KEY, part: 2 }, { ...ours, batchId: 'second' });
  expect(await readRecord(storage, { ...KEY, part: 1 })).toMatchObject({ batchId: 'ours' });
  expect(await readRecord(storage, { ...KEY, part: 2 })).toMatchObject({ batchId: 'second' });
  expect(await standing()).toBeUndefined();
});

test('is written once while nothing about it changes', async () => {
  await holdRecord(storage, KEY, ours);
  await holdRecord(storage, KEY, ours);
  expect(await readdir(join(folder, 'c'))).toEqual(['schedule.json']);
});

describe('an attempt that read it before somebody else changed it', () => {
  test('does not mark a batch as deleted that was seen alive since', async () => {
    const before = await holdRecord(storage, KEY, ours);
    await markDeleting(storage, KEY, await markDeleting(storage, KEY, before, true), false);
    await expect(markDeleting(storage, KEY, before, true)).rejects.toThrow('looking again');
    expect(await standing()).toMatchObject({ deleting: false });
  });

  test('does not forget a batch that another run has scheduled since', async () => {
    const before = await holdRecord(storage, KEY, ours);
    await forgetRecord(storage, KEY, before);
    expect(await standing()).toBeUndefined();
    await holdRecord(storage, KEY, { ...ours, batchId: 'the next' });
    await expect(forgetRecord(storage, KEY, before)).rejects.toThrow('looking again');
    expect(await standing()).toMatchObject({ batchId: 'the next' });
  });

  test('holds nothing where another batch is held since', async () => {
    await forgetRecord(storage, KEY, await holdRecord(storage, KEY, ours));
    await holdRecord(storage, KEY, { ...ours, batchId: 'the next' });
    expect(await holdRecord(storage, KEY, ours)).toMatchObject({ batchId: 'the next' });
  });
});

test('stays quick to read after hundreds of changes', async () => {
  let record = await holdRecord(storage, KEY, ours);
  for (let i = 0; i < 300; i++) record = await markDeleting(storage, KEY, record, i % 2 === 0);
  const looks = jest.spyOn(storage, 'size');
  expect(await standing()).toEqual(record);
  expect(looks.mock.calls.length).toBeLessThan(25);
});
