import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskFullError, explainHomeFailure, HomeInUseError, HomeUnusableError } from '../../worker/embedded/errors';
import { type HomeLock, lockHome } from '../../worker/embedded/home';

let root: string;
const locks: HomeLock[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'home-'));
});
afterEach(() => {
  for (const lock of locks.splice(0)) lock.release();
  rmSync(root, { recursive: true, force: true });
});

async function lock(home: string, waitMs = 0, onNote?: (text: string) => void): Promise<HomeLock> {
  const taken = await lockHome(home, onNote ? { waitMs, onNote } : { waitMs });
  locks.push(taken);
  return taken;
}

test('a home that is not there yet is created', async () => {
  const home = join(root, 'a', 'b');
  await expect(lock(home)).resolves.toMatchObject({ home });
});

test('a second lock is refused in one sentence that names the holder and what to do', async () => {
  await lock(root);
  const second = lock(root);
  await expect(second).rejects.toBeInstanceOf(HomeInUseError);
  await expect(second).rejects.toThrow(
    `${root} is in use by another run (process ${process.pid}); wait for it, or set CAMPAIGN_HOME to another folder`,
  );
});

test('a released home can be taken again, and releasing twice harms nobody', async () => {
  const first = await lock(root);
  first.release();
  await lock(root);
  first.release();
  await expect(lock(root)).rejects.toBeInstanceOf(HomeInUseError);
});

test('a start waits for a holder on its way out, and says so once', async () => {
  const first = await lock(root);
  const onNote = jest.fn(() => first.release());
  await lock(root, 10_000, onNote);
  expect(onNote.mock.calls).toEqual([[`Waiting for the run that uses ${root} to finish…`]]);
});

test('a server that outlived its run is named as what has to be stopped', async () => {
  await lock(root);
  const deadPid = 2 ** 22 + 1; // Above the largest process ID that Linux gives out.
  writeFileSync(join(root, 'lock'), `${deadPid}\n${process.pid}\n`);
  await expect(lock(root)).rejects.toThrow(
    `in use by a Temporal server that outlived its run (process ${process.pid}); stop it with "kill ${process.pid}"`,
  );
});

test.each([
  ['a file', (file: string) => file],
  ['below a file', (file: string) => join(file, 'home')],
])('a home that is %s is refused as not a folder', async (_case, homeOf) => {
  const file = join(root, 'file');
  writeFileSync(file, '');
  const attempt = lock(homeOf(file));
  await expect(attempt).rejects.toBeInstanceOf(HomeUnusableError);
  await expect(attempt).rejects.toThrow('is not a folder; set CAMPAIGN_HOME to a folder you can write to');
});

test.each([
  ['ENOSPC', DiskFullError, 'is full; free some space'],
  ['EACCES', HomeUnusableError, 'No permission to write to /h; set CAMPAIGN_HOME'],
  ['EROFS', HomeUnusableError, '/h is on a read-only disk; set CAMPAIGN_HOME'],
  ['ENOLCK', HomeUnusableError, 'The disk of /h cannot lock files; set CAMPAIGN_HOME'],
  ['EIO', HomeUnusableError, '/h cannot be used (bad sector); set CAMPAIGN_HOME'],
])('the system code %s becomes a sentence that says what to do', (code, kind, text) => {
  const error = explainHomeFailure('/h', Object.assign(new Error('bad sector'), { code }));
  expect(error).toBeInstanceOf(kind);
  expect(error.message).toContain(text);
});
