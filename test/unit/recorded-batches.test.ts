import { forgetRecord, holdRecord } from '../../activities/schedule-record';
import { holdSplit } from '../../activities/split';
import { NamedStorage } from '../../client/campaign/named-storage';
import { recordedBatches } from '../../client/campaign/recorded-batches';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';

const KEY = { campaignId: 'c' };
const record = (batchId: string) => ({ batchId, fileName: 'c-0.csv', requestedStart: 2000, roundedStart: 3000 });

let folder: string;
let storage: LocalStorage;
beforeEach(() => {
  folder = temporaryFolder('recorded-');
  storage = new LocalStorage(folder);
});
afterEach(() => removeFolder(folder));

test('the batch that stands on record is named, by the storage or by its address', async () => {
  expect(await recordedBatches(new NamedStorage(storage), 'c')).toEqual([]);
  const held = await holdRecord(storage, KEY, record('first'));
  expect(await recordedBatches(new NamedStorage(storage), 'c')).toEqual(['first']);
  await forgetRecord(storage, KEY, held);
  expect(await recordedBatches(new NamedStorage(storage), 'c')).toEqual([]);
  await holdRecord(storage, KEY, record('second'));
  expect(await recordedBatches(new NamedStorage(folder), 'c')).toEqual(['second']);
});

test('of several batches, each that may have been given a start', async () => {
  const offsets = Array.from({ length: 45 }, (_, at) => 10 + at);
  await holdSplit(storage, 'c', { fileName: 'c-0.csv', rowsPerBatch: 1, offsets, bytes: 100 });
  for (const part of [45, 3, 21]) await holdRecord(storage, { ...KEY, part }, record(`b${part}`));
  expect(await recordedBatches(new NamedStorage(storage), 'c')).toEqual(['b3', 'b21', 'b45']);
});

test('where nothing can be read, none is named', async () => {
  expect(await recordedBatches(new NamedStorage(undefined), 'c')).toEqual([]);
  expect(await recordedBatches(new NamedStorage('ftp://host/x'), 'c')).toEqual([]);
  await storage.write('c/schedule.json', 'not ours');
  expect(await recordedBatches(new NamedStorage(storage), 'c')).toEqual([]);
});
