import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from '../../client/terminal/command-line';

/** A command of our name, which says what reaches it. */
const folder = mkdtempSync(join(tmpdir(), 'command-'));
const script = '#!/bin/sh\nprintf "%s|%s" "$CAMPAIGN_HOME" "$*"\n';
beforeAll(() => writeFileSync(join(folder, 'bolna-campaigns'), script, { mode: 0o755 }));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a command alone, where no setting says where the campaign is', () => {
  expect(commandLine(['stop', 'morning-2026-06-23'], { BOLNA_API_KEY: 'bn-secret', CAMPAIGN_HOME: ' ' })).toBe(
    'bolna-campaigns stop morning-2026-06-23',
  );
});

test('with the settings that say where it is, in any folder; never a secret', () => {
  const env = {
    BOLNA_API_KEY: 'bn-secret',
    CAMPAIGN_HOME: 'home',
    CAMPAIGN_DATA: 's3://bucket/a',
    TEMPORAL_ADDRESS: 'there:7233',
  };
  expect(commandLine(['stop', 'a'], env)).toBe(
    `CAMPAIGN_HOME=${join(process.cwd(), 'home')} CAMPAIGN_DATA=s3://bucket/a TEMPORAL_ADDRESS=there:7233 bolna-campaigns stop a`,
  );
});

test('run by npx, whose commands are on nobody’s PATH', () => {
  expect(commandLine(['stop', 'a'], { npm_command: 'exec' })).toBe('npx bolna-campaigns stop a');
});

test.each([['/home/me/my campaigns'], [`/it's $HOME "here" \`id\``], ['/ends\\'], ['/नमस्ते']])(
  '%s reaches the command as it is',
  (home) => {
    const line = commandLine(['stop', 'a'], { CAMPAIGN_HOME: home });
    const env = { PATH: `${folder}:${process.env.PATH}` };
    expect(execFileSync('sh', ['-c', line], { encoding: 'utf8', env })).toBe(`${home}|stop a`);
  },
);
