import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepared } from '../support/env';

const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('where Node can, what a command has compiled is kept in our own cache; a help keeps nothing', () => {
  const contacts = join(folder, 'people.csv');
  writeFileSync(contacts, 'contact_number\n+12025550101\n');
  const kept = join(folder, 'bolna-campaigns', 'compiled');
  const ask = (...args: string[]) =>
    spawnSync(process.execPath, [join(prepared('TEST_BUILD'), 'client/cli.js'), ...args], {
      env: { PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: folder },
    }).status;
  expect([ask('--help'), existsSync(kept)]).toEqual([0, false]);
  expect([ask('validate', contacts), existsSync(kept)]).toEqual([0, 'enableCompileCache' in nodeModule]);
});
