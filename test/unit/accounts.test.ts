import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BolnaError } from '../../bolna/errors';
import { readAccounts } from '../../worker/accounts';
import { ConfigError } from '../../worker/config-error';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accounts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, 'key');
  writeFileSync(path, text);
  return path;
}

const keysOf = async (env: Record<string, string>) =>
  Object.fromEntries(await Promise.all(readAccounts(env).map(async ({ name, key }) => [name, await key()])));

test('an account by itself is the default one', async () => {
  expect(await keysOf({ BOLNA_API_KEY: ' bn-1\n' })).toEqual({ default: 'bn-1' });
  expect(await keysOf({})).toEqual({});
});

test('more accounts are named, each with a key or a file of its own', async () => {
  const env = {
    BOLNA_API_KEY: 'bn-1',
    BOLNA_ACCOUNTS: 'sales, north-west,sales',
    BOLNA_API_KEY_SALES_FILE: fileWith('bn-2\n'),
    BOLNA_API_KEY_NORTH_WEST: 'bn-3',
  };
  expect(await keysOf(env)).toEqual({ default: 'bn-1', sales: 'bn-2', 'north-west': 'bn-3' });
});

test('a key in a file can be rotated without a restart', async () => {
  const path = fileWith('bn-old');
  const [account] = readAccounts({ BOLNA_API_KEY_FILE: path });
  expect(await account?.key()).toBe('bn-old');
  writeFileSync(path, 'bn-new');
  expect(await account?.key()).toBe('bn-new');
});

test('while a key file is empty or gone, the campaign is told so and waits', async () => {
  const path = fileWith('bn-old');
  const [account] = readAccounts({ BOLNA_API_KEY_FILE: path });
  writeFileSync(path, '');
  const error = await account?.key().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BolnaError);
  expect(error).toMatchObject({ kind: 'unauthorized', message: expect.stringContaining('BOLNA_API_KEY_FILE') });
  rmSync(path);
  await expect(account?.key()).rejects.toBeInstanceOf(BolnaError);
});

test.each([
  [{ BOLNA_ACCOUNTS: 'sales' }, /^BOLNA_API_KEY_SALES is not set: .* BOLNA_API_KEY_SALES_FILE\.$/],
  [{ BOLNA_ACCOUNTS: 'Sales' }, /^BOLNA_ACCOUNTS holds "Sales": .*\.$/],
  [{ BOLNA_API_KEY: 'a', BOLNA_API_KEY_FILE: 'b' }, /^BOLNA_API_KEY and BOLNA_API_KEY_FILE are both set: .*\.$/],
  [{ BOLNA_API_KEY: 'two words' }, /^BOLNA_API_KEY must be the key alone/],
  [{ BOLNA_API_KEY_FILE: '/nowhere/key' }, /^BOLNA_API_KEY_FILE names a file that cannot be read: .*\.$/],
])('%j is one sentence that names the variable', (env, sentence) => {
  const read = () => readAccounts(env);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(sentence);
});
