import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepared } from '../support/env';
import { BUILD_LIMIT_MS } from '../support/go-program';
import { endAll, startNode, within } from '../support/processes';
import { S3Server } from '../support/s3-server';

/** Storage between processes, as several workers use it. */

const NAMES = ['ann', 'ben', 'cem'];
const FILES = 30;

let server: S3Server;
let folder: string;
beforeAll(async () => {
  server = await S3Server.start();
  folder = mkdtempSync(join(tmpdir(), 'processes-'));
}, BUILD_LIMIT_MS);
afterAll(async () => {
  await endAll();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each(['a folder', 'an object storage'])(
  'of processes that claim the same files in %s, one wins each',
  async (kind) => {
    const data = kind === 'a folder' ? folder : `s3://${server.bucket}/processes`;
    const env = { ...server.env, TEST_BUILD: prepared('TEST_BUILD'), CAMPAIGN_DATA: data };
    const claimants = NAMES.map((name) =>
      startNode([resolve('test/support/claimant.js'), name, NAMES.join(','), String(FILES)], env),
    );
    const said = () => claimants.map((each) => each.stderr()).join('\n');
    // Nobody ends them: nothing that a storage holds open may keep a process that has nothing more to do.
    const ended = await within(25_000, said, Promise.all(claimants.map((each) => each.exited)));
    expect(ended).toEqual(NAMES.map(() => ({ code: 0, signal: null })));

    const told = claimants.map((each): string[] => JSON.parse(each.stdout()));
    expect(told[0]).toHaveLength(FILES * 5);
    expect(told[1]).toEqual(told[0]);
    expect(told[2]).toEqual(told[0]);
    for (let file = 0; file < FILES; file++) expect(new Set(told[0]?.slice(file * 5, file * 5 + 5)).size).toBe(1);
  },
);

test('a folder is opened without what only an object storage needs', async () => {
  const script = `
    const { openStorage } = require(process.env.TEST_BUILD + '/storage/open-storage.js');
    openStorage('/nowhere').then(() => console.log(Object.keys(require.cache).filter((file) => /aws|smithy/.test(file)).length));`;
  const process = startNode(['-e', script], { TEST_BUILD: prepared('TEST_BUILD') });
  await process.exited;
  expect(process.stdout()).toBe('0\n');
});
