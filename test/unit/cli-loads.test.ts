import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { prepared } from '../support/env';

/** What a command loads decides how long it takes to start. Times depend on the machine, names do not. */

const folder = mkdtempSync(join(tmpdir(), 'loads-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Loaded {
  /** Of node_modules; those of which only data are read are marked so. */
  packages: string[];
  /** Folders of the product: `worker`, or `client/run` within the client. */
  folders: string[];
}

/** Runs a program of the product to its end. @returns what it has loaded, each once, in order */
function loadedBy(args: readonly string[], exitCode: number): Loaded {
  const build = realpathSync(prepared('TEST_BUILD'));
  const { output, status } = spawnSync(process.execPath, ['--require', resolve('test/support/loaded.js'), ...args], {
    encoding: 'utf8',
    // No server is named, and none is up in this home.
    env: { PATH: process.env.PATH, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  // What is wrong is told once.
  expect([status, output[2]?.match(/^error: .*/gm) ?? []]).toEqual([
    exitCode,
    exitCode === 0 ? [] : [expect.stringMatching(/^error: /)],
  ]);
  const files: string[] = JSON.parse(output[3] ?? '');
  const packages = files.map((file) => {
    const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    return name && file.endsWith('.json') ? `${name} (data)` : name;
  });
  const own = files.filter((file) => file.startsWith(build + sep)).map((file) => relative(build, file).split('/'));
  const folders = own.map(([top = '', next = '', more]) => (top === 'client' && more ? `client/${next}` : top));
  return { packages: namesIn(packages), folders: namesIn(folders) };
}

function namesIn(found: readonly (string | undefined)[]): string[] {
  return [...new Set(found)].filter((name) => name !== undefined).sort();
}

const cli = () => join(prepared('TEST_BUILD'), 'client/cli.js');
const LIST: Loaded = { packages: ['commander'], folders: ['client', 'client/commands'] };

test.each([
  ['the version', ['--version'], 0],
  ['the help', ['--help'], 0],
  ['a wrong command', ['lits'], 2],
  ['the first word for a shell', ['complete', '--', 'st'], 0],
])('%s loads the list of commands and nothing behind it', (_, args, exitCode) => {
  expect(loadedBy([cli(), ...args], exitCode)).toEqual(LIST);
});

test.each([
  ['its help', ['list', '--help'], 0],
  ['a wrong option', ['list', '--colour'], 2],
  ['a word of it for a shell', ['complete', '--', 'list', '--state', 'wa'], 0],
])('%s loads the definition of the command that is named', (_, args, exitCode) => {
  expect(loadedBy([cli(), ...args], exitCode)).toEqual({
    packages: ['commander'],
    folders: ['client', 'client/campaign', 'client/commands', 'client/options', 'client/terminal'],
  });
});

test('the definitions of all commands load nothing of what the commands do', () => {
  const program = join(prepared('TEST_BUILD'), 'client/commands/program.js');
  expect(loadedBy(['-e', `require(${JSON.stringify(program)}).programOf('1')`], 0)).toEqual({
    packages: ['commander', 'ms'],
    folders: [
      ...['client', 'client/campaign', 'client/commands', 'client/gateway', 'client/options', 'client/terminal'],
      'results',
      'simulator',
    ],
  });
});

const COMMAND = ['client', 'client/commands', 'client/options', 'client/terminal'];
/** What reading the environment takes: the forms of addresses and secrets, and Temporal's own configuration. */
const SETTINGS: Loaded = {
  packages: ['@temporalio/common', '@temporalio/envconfig', 'commander', 'ipaddr.js', 'ms', 'smol-toml'],
  folders: ['activities', 'bolna', 'egress', 'storage', 'worker', 'workflows'],
};

test('validate loads what reads and judges rows, and neither zod, an HTTP client nor the library of phone numbers', () => {
  const rows = Array.from({ length: 10 }, (_, n) => `+91900000000${n},Person ${n}\n`);
  writeFileSync(join(folder, 'ten.csv'), `contact_number,name\n${rows.join('')}`);
  const { packages, folders } = loadedBy([cli(), 'validate', join(folder, 'ten.csv')], 0);
  expect(packages).toEqual([...SETTINGS.packages, 'csv-parse', 'csv-stringify', 'libphonenumber-js (data)'].sort());
  expect(folders).toEqual([...SETTINGS.folders, ...COMMAND, 'client/run', 'client/validate', 'contacts'].sort());
});

// No server is named, so it ends before it asks one: what it would load only with an answer is not seen here.
test('status loads what the plainest client of Temporal loads, and a few small packages', () => {
  const plain = loadedBy(['-e', "require('@temporalio/client')"], 0);
  const { packages, folders } = loadedBy([cli(), 'status', 'morning'], 2);
  const more = [...SETTINGS.packages, 'date-fns'].filter((name) => !plain.packages.includes(name)).sort();
  expect(packages.filter((name) => !plain.packages.includes(name))).toEqual(more);
  // The last three, and the gateway's, are the errors that may have to be explained.
  const own = [...COMMAND, 'client/campaign', 'client/look', 'client/run', 'client/server', 'client/gateway'];
  expect(folders).toEqual([...SETTINGS.folders, ...own, 'contacts', 'report', 'simulator'].sort());
});
