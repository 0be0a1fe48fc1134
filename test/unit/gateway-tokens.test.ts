import { appendFileSync, chmodSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newToken, Tokens } from '../../client/gateway/tokens';
import { removeFolder, temporaryFolder } from '../support/folders';

let folder: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder('tokens-');
  chmodSync(folder, 0o755);
  file = join(folder, 'tokens.txt');
});
afterEach(() => removeFolder(folder));

/** As somebody who is kept out by the mode of a file, which root is not. */
function asNobody<T>(work: () => T): T {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
  }
}

test('a token that was taken back is taken no more as soon as the file can be read again, which is told once', () => {
  const [a, b] = [newToken({ name: 'a', role: 'reader' }), newToken({ name: 'b', role: 'reader' })];
  writeFileSync(file, a.line);
  chmodSync(file, 0o644);
  const told: string[] = [];
  const tokens = new Tokens(file, (sentence) => told.push(sentence));
  const held = () => asNobody(() => [a, b].map(({ token }) => tokens.holderOf(token)?.name));
  expect(held()).toEqual(['a', undefined]);

  writeFileSync(`${file}.new`, b.line, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o000);
  renameSync(`${file}.new`, file);
  expect(held()).toEqual(['a', undefined]);
  expect(told).toEqual([expect.stringMatching(/cannot be read \(EACCES\).* The tokens of before stay in force\.$/)]);

  // Neither its contents nor its time change by that.
  chmodSync(file, 0o644);
  expect(held()).toEqual([undefined, 'b']);
  appendFileSync(file, 'nonsense');
  expect(held()).toEqual([undefined, 'b']);
  expect(told).toHaveLength(2);
});

test('a file that cannot be reached is told of each time that it happens', () => {
  const { token, line } = newToken({ name: 'a', role: 'reader' });
  writeFileSync(file, line);
  const told: string[] = [];
  const tokens = new Tokens(file, (sentence) => told.push(sentence));
  for (const times of [1, 2]) {
    renameSync(file, `${file}.away`);
    for (const _ of [1, 2]) expect(tokens.holderOf(token)?.name).toBe('a');
    renameSync(`${file}.away`, file);
    expect(tokens.holderOf(token)?.name).toBe('a');
    expect(told).toHaveLength(times);
  }
});
