import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { LocalStorage } from '../../storage/local';
import { storageAt } from '../../storage/open-storage';
import { FileNotFoundError, ForeignUriError } from '../../storage/storage';
import { keepsTheContract } from '../support/storage-contract';

let folder: string;
let data: string;
let storage: LocalStorage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-'));
  data = join(folder, 'data');
  storage = new LocalStorage(data);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

keepsTheContract(() => ({ storage, everything }));

async function everything(): Promise<string[]> {
  const entries = await readdir(data, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => relative(data, file)).sort();
}

test('numbers and transcripts are for nobody else on the machine', async () => {
  await storage.write('c/a.csv', 'x');
  expect((await stat(join(data, 'c', 'a.csv'))).mode & 0o077).toBe(0);
  expect((await stat(join(data, 'c'))).mode & 0o077).toBe(0);
});

test('a link inside that points outside is refused', async () => {
  await mkdir(data, { recursive: true });
  await writeFile(join(folder, 'secret.csv'), 'secret');
  await symlink(join(folder, 'secret.csv'), join(data, 'link.csv'));
  const uri = pathToFileURL(join(data, 'link.csv')).href;
  expect(() => storage.pathOf(uri)).toThrow(ForeignUriError);
});

test.each(['file://host/x', 'file:///a%2Fb', 'file:///%00', 'file:///%zz'])('%s is the address of no file', (uri) => {
  expect(() => storage.pathOf(uri)).toThrow(new ForeignUriError(uri, data));
  if (!uri.includes('%00')) expect(() => storageAt(uri)).toThrow(`${uri} is no storage: name a folder`);
});

test.each(['c', 'c/a.csv/b', `c/${'x'.repeat(300)}`])('there is no file %s, now and later', async (path) => {
  await storage.write('c/a.csv', 'x');
  expect(await storage.size(path)).toBeUndefined();
  if (path !== 'c') await expect(storage.read(path)).rejects.toBeInstanceOf(FileNotFoundError);
});

test('a source that is never read, since no file can be made, does not stay open', async () => {
  await writeFile(data, 'a file where the folder should be');
  const source = Readable.from(['x']);
  await expect(storage.write('c/a.csv', source)).rejects.toThrow('ENOTDIR');
  expect(source.destroyed).toBe(true);
});
