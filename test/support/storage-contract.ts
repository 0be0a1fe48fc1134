import { createHash } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { type CampaignStorage, FileNotFoundError, ForeignUriError, readText } from '../../storage/storage';

/** A storage to be tried out, and a look at what is in it that does not go through it. */
export interface Specimen {
  storage: CampaignStorage;
  /** The paths of all files, half ones and drafts included, sorted. */
  everything(): Promise<string[]>;
}

const MEGABYTE = 1024 * 1024;
/** More than the storage may hold in memory, and several parts of an upload. */
const LARGE = 40;

/** What every storage has to do, whatever is behind it. */
export function keepsTheContract(make: () => Promise<Specimen> | Specimen): void {
  let storage: CampaignStorage;
  let everything: Specimen['everything'];
  beforeEach(async () => {
    ({ storage, everything } = await make());
  });

  describe('writing', () => {
    test('what was written is read again', async () => {
      await storage.write('c/a.csv', Readable.from([Buffer.from('one,'), Buffer.from('two\n')]));
      expect(await readText(storage, 'c/a.csv')).toBe('one,two\n');
      expect(await storage.size('c/a.csv')).toBe(8);
    });

    test('text, lines of text and nothing at all are written too', async () => {
      await storage.write('c/text', 'é\n');
      await storage.write('c/lines', Readable.from(['é\n', 'two\n']));
      await storage.write('c/empty', '');
      await storage.write('c/none', Readable.from([]));
      expect(await readText(storage, 'c/text')).toBe('é\n');
      expect(await readText(storage, 'c/lines')).toBe('é\ntwo\n');
      expect(await readText(storage, 'c/empty')).toBe('');
      expect([await storage.size('c/empty'), await storage.size('c/none')]).toEqual([0, 0]);
    });

    test('a large file of unknown length comes back as it was', async () => {
      const hash = createHash('sha256');
      await storage.write('c/large', Readable.from(megabytes(LARGE, (chunk) => hash.update(chunk))));
      expect(await storage.size('c/large')).toBe(LARGE * MEGABYTE);
      const read = createHash('sha256');
      for await (const chunk of await storage.read('c/large')) read.update(chunk);
      expect(read.digest('hex')).toBe(hash.digest('hex'));
      expect(await everything()).toEqual(['c/large']);
    });

    test.each([0, 1, LARGE])(
      'a source that fails after %i MB leaves the earlier file whole, and no half one',
      async (n) => {
        await storage.write('c/a.csv', 'before');
        async function* failing() {
          yield* megabytes(n);
          throw new Error('the source is gone');
        }
        await expect(storage.write('c/a.csv', Readable.from(failing()))).rejects.toThrow('the source is gone');
        expect(await readText(storage, 'c/a.csv')).toBe('before');
        expect(await everything()).toEqual(['c/a.csv']);
      },
    );

    test('a source that is given up without a word is no end of the file', async () => {
      const source = new PassThrough();
      source.write('half', () => source.destroy());
      await expect(storage.write('c/a.csv', source)).rejects.toThrow('Premature close');
      expect(await everything()).toEqual([]);
    });

    test('of two who write at once, one is there whole', async () => {
      const texts = ['a', 'b'].map((letter) => letter.repeat(MEGABYTE));
      await Promise.all(texts.map((text) => storage.write('c/a.csv', Readable.from([text]))));
      expect(texts).toContain(await readText(storage, 'c/a.csv'));
    });

    test('deleting twice is fine', async () => {
      await storage.write('c/a.csv', 'x');
      await storage.delete('c/a.csv');
      await storage.delete('c/a.csv');
      await storage.delete('never/there.csv');
      expect(await storage.size('c/a.csv')).toBeUndefined();
    });
  });

  test('the files of a folder are listed, and nothing that is not whole or in another folder', async () => {
    expect(await listed(storage, 'c')).toEqual([]);
    for (const path of ['c/a.csv', 'c/b/d.csv', 'c/é b.csv', 'cc/a.csv', 'c.csv']) await storage.write(path, 'x');
    const source = new PassThrough();
    const writing = storage.write('c/draft.csv', source);
    source.write('half');
    expect(await listed(storage, 'c')).toEqual(['a.csv', 'é b.csv']);
    source.end();
    await writing;
    expect(await listed(storage, 'c')).toEqual(['a.csv', 'draft.csv', 'é b.csv']);
    await expect(listed(storage, '../c')).rejects.toBeInstanceOf(ForeignUriError);
  });

  describe('claiming', () => {
    test('of many at once exactly one wins, and all are told the same', async () => {
      const claims = Array.from({ length: 50 }, (_, i) => storage.claim('c/schedule.json', `claimant ${i}`));
      const told = new Set(await Promise.all(claims));
      expect(told.size).toBe(1);
      expect(await readText(storage, 'c/schedule.json')).toBe([...told][0]);
      expect(await everything()).toEqual(['c/schedule.json']);
    });

    test('a later claim changes nothing', async () => {
      await storage.claim('c/schedule.json', 'first');
      expect(await storage.claim('c/schedule.json', 'second')).toBe('first');
    });

    test('what was forgotten can be claimed anew', async () => {
      await storage.claim('c/schedule.json', 'first');
      await storage.delete('c/schedule.json');
      expect(await storage.claim('c/schedule.json', 'second')).toBe('second');
    });
  });

  describe('reading', () => {
    test('a file that is not there is said so at once', async () => {
      await expect(storage.read('c/none.csv')).rejects.toBeInstanceOf(FileNotFoundError);
      expect(await storage.size('c/none.csv')).toBeUndefined();
    });

    test('a range of bytes is read without what is around it', async () => {
      await storage.write('c/a.csv', '0123456789');
      const text = async (start: number, end: number) =>
        Buffer.concat(await (await storage.read('c/a.csv', { start, end })).toArray()).toString();
      expect(await text(2, 5)).toBe('234');
      expect(await text(0, 1)).toBe('0');
      expect(await text(0, 10)).toBe('0123456789');
      expect(await text(10, 10)).toBe('');
    });

    test('a reader that has begun reads the file it has begun with', async () => {
      await storage.write('c/a.csv', Readable.from(megabytes(4)));
      const reader = await storage.read('c/a.csv');
      await storage.write('c/a.csv', 'after');
      let bytes = 0;
      for await (const chunk of reader) bytes += chunk.length;
      expect(bytes).toBe(4 * MEGABYTE);
    });

    test('an address leads back to its path', () => {
      expect(storage.pathOf(storage.uriOf('c/a b+ü%20.csv'))).toBe('c/a b+ü%20.csv');
    });

    test.each(['file:///etc/passwd', 'https://example.com/a.csv', 's3://bucket/a.csv', '../a.csv', ''])(
      '%j is not in the storage',
      (uri) => {
        expect(() => storage.pathOf(uri)).toThrow(ForeignUriError);
      },
    );

    test.each(['../secret.csv', 'c/../../secret.csv', '/etc/passwd'])(
      'the path %s leads out and is refused',
      async (path) => {
        await expect(storage.read(path)).rejects.toBeInstanceOf(ForeignUriError);
        await expect(storage.write(path, 'x')).rejects.toBeInstanceOf(ForeignUriError);
        await expect(storage.claim(path, 'x')).rejects.toBeInstanceOf(ForeignUriError);
        expect(() => storage.uriOf(path)).toThrow(ForeignUriError);
      },
    );
  });
}

async function listed(storage: CampaignStorage, folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const name of storage.list(folder)) names.push(name);
  return names.sort();
}

/** Megabytes that differ, one at a time. */
export function* megabytes(n: number, see: (chunk: Buffer) => void = () => undefined): Generator<Buffer> {
  for (let i = 0; i < n; i++) {
    const chunk = Buffer.alloc(MEGABYTE, `${i} of ${n}\n`);
    see(chunk);
    yield chunk;
  }
}
