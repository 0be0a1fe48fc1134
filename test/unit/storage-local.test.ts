import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { LocalStorage } from '../../storage/local';
import { FileNotFoundError, ForeignUriError, readText } from '../../storage/storage';

let folder: string;
let storage: LocalStorage;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'storage-'));
  storage = new LocalStorage(join(folder, 'data'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('writing', () => {
  test('what was written is read again', async () => {
    await storage.write('c/a.csv', Readable.from([Buffer.from('one,'), Buffer.from('two\n')]));
    expect(await readText(storage, 'c/a.csv')).toBe('one,two\n');
    expect(await storage.size('c/a.csv')).toBe(8);
  });

  test('a source that fails halfway leaves the earlier file whole, and no half one beside it', async () => {
    await storage.write('c/a.csv', 'before');
    async function* failing() {
      yield Buffer.from('half');
      throw new Error('the source is gone');
    }
    await expect(storage.write('c/a.csv', Readable.from(failing()))).rejects.toThrow('the source is gone');
    expect(await readText(storage, 'c/a.csv')).toBe('before');
    expect(await readdir(join(folder, 'data', 'c'))).toEqual(['a.csv']);
  });

  test('numbers and transcripts are for nobody else on the machine', async () => {
    await storage.write('c/a.csv', 'x');
    expect((await stat(join(folder, 'data', 'c', 'a.csv'))).mode & 0o077).toBe(0);
    expect((await stat(join(folder, 'data', 'c'))).mode & 0o077).toBe(0);
  });

  test('deleting twice is fine', async () => {
    await storage.write('c/a.csv', 'x');
    await storage.delete('c/a.csv');
    await storage.delete('c/a.csv');
    expect(await storage.size('c/a.csv')).toBeUndefined();
  });
});

describe('claiming', () => {
  test('of many at once exactly one wins, and all are told the same', async () => {
    const claims = Array.from({ length: 50 }, (_, i) => storage.claim('c/schedule.json', `claimant ${i}`));
    const told = new Set(await Promise.all(claims));
    expect(told.size).toBe(1);
    expect(await readText(storage, 'c/schedule.json')).toBe([...told][0]);
    expect(await readdir(join(folder, 'data', 'c'))).toEqual(['schedule.json']);
  });

  test('a later claim changes nothing', async () => {
    await storage.claim('c/schedule.json', 'first');
    expect(await storage.claim('c/schedule.json', 'second')).toBe('first');
  });
});

describe('reading', () => {
  test('a file that is not there is said so at once', async () => {
    await expect(storage.read('c/none.csv')).rejects.toBeInstanceOf(FileNotFoundError);
  });

  test('a range of bytes is read without what is around it', async () => {
    await storage.write('c/a.csv', '0123456789');
    const chunks = await (await storage.read('c/a.csv', { start: 2, end: 5 })).toArray();
    expect(Buffer.concat(chunks).toString()).toBe('234');
    expect(await (await storage.read('c/a.csv', { start: 10, end: 10 })).toArray()).toEqual([]);
  });

  test('an address leads back to its path', () => {
    expect(storage.pathOf(storage.uriOf('c/a b.csv'))).toBe('c/a b.csv');
  });

  test.each(['file:///etc/passwd', 'https://example.com/a.csv', 's3://bucket/a.csv', '../a.csv'])(
    '%s is not in the storage',
    (uri) => {
      expect(() => storage.pathOf(uri)).toThrow(ForeignUriError);
    },
  );

  test.each(['../secret.csv', 'c/../../secret.csv', '/etc/passwd'])(
    'the path %s leads out and is refused',
    async (path) => {
      await expect(storage.read(path)).rejects.toBeInstanceOf(ForeignUriError);
    },
  );

  test('a link inside that points outside is refused', async () => {
    await mkdir(join(folder, 'data'), { recursive: true });
    await writeFile(join(folder, 'secret.csv'), 'secret');
    await symlink(join(folder, 'secret.csv'), join(folder, 'data', 'link.csv'));
    const uri = pathToFileURL(join(folder, 'data', 'link.csv')).href;
    expect(() => storage.pathOf(uri)).toThrow(ForeignUriError);
  });
});
