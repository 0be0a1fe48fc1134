import { join } from 'node:path';
import { Readable } from 'node:stream';
import { checkLists } from '../../client/campaign/check-lists';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';

const folder = temporaryFolder('lists-');
const storage = new LocalStorage(join(folder, 'data'));
afterAll(() => removeFolder(folder));
beforeAll(async () => {
  await storage.write('all.csv', '+12025550101\n(202) 555-0102\n');
  await storage.write('one.csv', '+12025550101\n');
  await storage.write('odd.csv', '+12025550101\nAsha\n');
});

const CSV = 'contact_number,name\n+12025550101,Asha\n+12025550102,Ben\n';
const contacts = async () => Readable.from([Buffer.from(CSV)]);
const check = (suppress: string | string[], more: object = {}, places: object = {}) =>
  checkLists('c', contacts, { suppress, ...more }, { storage, isAsWorkersHaveIt: true, ...places });
const at = (name: string) => storage.uriOf(name);

test('a list that leaves somebody to call gives the numbers that must not be called', async () => {
  const numbers = await check(at('one.csv'));
  expect([12025550101, 12025550102].map((number) => numbers?.has(number))).toEqual([true, false]);
  expect(await check('https://example.com/list.csv')).toBeUndefined();
});

test.each([
  ['no address', 'hello', /^hello is not in the campaign storage: put the file under/],
  [
    'a path in the storage',
    join(folder, 'data', 'one.csv'),
    /one\.csv is not an address: give file:\/\/\/.*one\.csv\.$/,
  ],
  ['a name in the storage', 'one.csv', /^one\.csv is not an address: give file:\/\/\/.*one\.csv\.$/],
  ['a file that is not there', 'file://DATA/none.csv', /there is no such file/],
  ['unreadable entries', 'file://DATA/odd.csv', /^1 of 2 entries .* \(line 2 "••••"\)/],
  ['everyone', 'file://DATA/all.csv', /^No number .* All 2 rows are on a suppression list: nothing was started\.$/],
])('a list with %s is refused with its faults', async (_, list, says) => {
  const place = list.replace('file://DATA', at('x').slice(0, -2));
  await expect(check(['https://example.com/list.csv', place])).rejects.toMatchObject({
    name: 'ContactsRefusedError',
    message: expect.stringMatching(says),
    faults: expect.arrayContaining([expect.objectContaining({ reason: expect.any(String) })]),
  });
});

test('unreadable entries may be ignored', async () => {
  expect((await check(at('odd.csv'), { ignoreUnreadableSuppressions: true }))?.has(12025550101)).toBe(true);
});

test('people whom a list leaves are no help where their rows are rejected', async () => {
  const asked = { suppress: at('one.csv'), requireVariables: ['city'] };
  const open = async () => Readable.from([Buffer.from('contact_number,city\n+12025550101,Pune\n+12025550102,\n')]);
  await expect(checkLists('c', open, asked, { storage, isAsWorkersHaveIt: true })).rejects.toThrow(
    /All 2 rows are rejected or on a suppression list/,
  );
});

test('where the workers have other addresses, only what is no address or is read here is refused', async () => {
  const elsewhere = { isAsWorkersHaveIt: false };
  expect(await check(['file:///mnt/list.csv', 's3://bucket/list.csv'], {}, elsewhere)).toBeUndefined();
  await expect(check('hello', {}, elsewhere)).rejects.toThrow('put the file under');
  await expect(check(at('odd.csv'), {}, elsewhere)).rejects.toThrow('cannot be read');
  await expect(check('hello', {}, { ...elsewhere, storage: undefined })).rejects.toThrow('hello is no address');
});
