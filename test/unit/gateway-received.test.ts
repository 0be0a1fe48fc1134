import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { ContactsRefusedError } from '../../client/errors';
import { receive } from '../../client/gateway/received';
import { removeFolder, temporaryFolder } from '../support/folders';
import { csvOf } from '../support/rig';
import { workbook } from '../support/workbooks';

/** A contacts file that comes in is checked while it streams to the disk. */

let folder: string;
let copy: string;
beforeEach(() => {
  folder = temporaryFolder('received-');
  copy = join(folder, 'contacts.csv');
});
afterEach(() => removeFolder(folder));

const inPieces = (text: string, size = 1_000) =>
  Readable.from(
    Array.from({ length: Math.ceil(text.length / size) }, (_, i) => Buffer.from(text.slice(i * size, (i + 1) * size))),
    { objectMode: false },
  );
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('is on the disk as it came, with its hash and what its rows came to', async () => {
  const csv = csvOf(3_000);
  const { hash, checked } = await receive('c', inPieces(csv), copy);
  expect([hash, readFileSync(copy, 'utf8')]).toEqual([sha256(csv), csv]);
  expect(checked).toEqual({ total: 3_000, valid: 3_000, rejected: 0, duplicates: 0 });
});

test('may be a workbook, and is read as the campaign asks', async () => {
  const People = [
    ['Mobile', 'Phone'],
    [{ number: 9876543210 }, 'none'],
    ['12', 'none'],
  ];
  const bytes = workbook({ sheets: { Notes: [['x']], People } });
  const receiveAs = (asked: Parameters<typeof receive>[3]) => receive('c', Readable.from([bytes]), copy, asked);
  const { checked } = await receiveAs({ sheet: 'People', numberColumn: 'Mobile', country: 'IN' });
  expect(checked).toEqual({ total: 2, valid: 1, rejected: 1, duplicates: 0 });
  expect(readFileSync(copy)).toEqual(bytes);
  const unclear = (await receiveAs({ sheet: 'People' })).checked;
  expect(unclear).toMatchObject({ message: expect.stringMatching(/Several columns can hold the numbers/) });
});

test('is read to its end where its first bytes are refused, so that its hash is known and the client hears the answer', async () => {
  const csv = `name,city\n${'Ann,Pune\n'.repeat(50_000)}`;
  const { hash, checked } = await receive('c', inPieces(csv), copy);
  expect(hash).toBe(sha256(csv));
  expect(checked).toBeInstanceOf(ContactsRefusedError);
});

test('lists the first 100 faults of a file without a valid row, and holds no more', async () => {
  const { checked } = await receive('c', inPieces(`contact_number\n${'12\n'.repeat(5_000)}`), copy);
  expect(checked).toBeInstanceOf(ContactsRefusedError);
  const { faults, message } = checked as ContactsRefusedError;
  expect([faults.length, message]).toEqual([100, expect.stringContaining('All 5000 rows are rejected')]);
});

test('fails with its source, whatever the check has seen by then', async () => {
  async function* cut() {
    yield Buffer.from(csvOf(10));
    throw new Error('hung up');
  }
  await expect(receive('c', Readable.from(cut(), { objectMode: false }), copy)).rejects.toThrow('hung up');
});
