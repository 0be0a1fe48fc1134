import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { contentHash, store } from '../../client/run/recipients';
import { withVariables } from '../../client/run/variables';
import { readContacts } from '../../contacts/read';
import { LocalStorage } from '../../storage/local';
import { removeFolder, temporaryFolder } from '../support/folders';

test('a file that changes after it was looked at is not stored under the name of what it was', async () => {
  const folder = temporaryFolder('recipients-');
  try {
    const storage = new LocalStorage(folder);
    let content = 'contact_number\n+12025550101\n';
    const recipients = { fromFile: true, open: async () => Readable.from([Buffer.from(content)]), notes: () => [] };
    const hash = await contentHash(recipients);
    content = 'contact_number\n+12025550199\n';
    await expect(store(storage, 'c', recipients, hash)).rejects.toThrow('The file has changed while it was read');
    expect(readdirSync(folder, { recursive: true }).filter((name) => String(name).includes('.'))).toEqual([]);
    content = 'contact_number\n+12025550101\n';
    const uri = await store(storage, 'c', recipients, hash);
    expect(await storage.size(storage.pathOf(uri))).toBe(content.length);
  } finally {
    removeFolder(folder);
  }
});

test('a row that cannot be read stays one, on its line, where everyone gets a variable', async () => {
  const csv = 'contact_number;name\n+12025550101;Al\n+12025550102,"Bo;5"\n+12025550103;"Cy" D\n+12025550104;E\0\n';
  const people = { fromFile: true, open: async () => Readable.from([Buffer.from(csv)]), notes: () => [] };
  const { rows } = await readContacts(await withVariables(people, [{ name: 'city', value: 'Pune' }]).open());
  const found = [];
  for await (const { line, verdict, columns } of rows) found.push([line, verdict, columns.city]);
  expect(found).toEqual([
    [2, 'valid', 'Pune'],
    [3, 'rejected', ''],
    [4, 'rejected', ''],
    [5, 'rejected', ''],
  ]);
});

describe('a variable whose column the file has', () => {
  const city = [{ name: 'city', value: '=Pune' }];
  const made = async (csv: string, variables = city) => {
    const people = { fromFile: true, open: async () => Readable.from([Buffer.from(csv)]), notes: () => [] };
    return text(await withVariables(people, variables).open());
  };

  test('adds nothing where each row has its value, as in a second round', async () => {
    const first = await made('contact_number,name\n+12025550101,Al\n');
    expect(first).toBe('contact_number,name,city\n+12025550101,Al,=Pune\n');
    expect(await made(first)).toBe(first);
    const second = "contact_number,name,city\n+12025550101,Al,'=Pune\n";
    expect(await made(second, [...city, { name: 'x', value: '1' }])).toContain("Al,'=Pune,1\n");
  });

  test('is refused where a row has another one, or for the numbers', async () => {
    await expect(made('contact_number,city\n+12025550101,=Pune\n+12025550102,Goa\n')).rejects.toThrow(
      '--var city: the file has a column of that name, with another value in line 3. Choose another name, or leave --var city out.',
    );
    await expect(made('Contact Number\n+12025550101\n', [{ name: 'contact_number', value: '1' }])).rejects.toThrow(
      '--var contact_number: that is the column of the numbers',
    );
  });
});
