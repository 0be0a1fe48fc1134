import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CommanderError } from 'commander';
import { simulatorCommand } from '../../simulator/command';
import { until } from '../support/simulator';

let written: string;

beforeEach(() => {
  written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    written += String(chunk);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
});

/** The exit code the command ends with. */
async function exitCode(...args: string[]): Promise<number> {
  const command = simulatorCommand().exitOverride();
  try {
    await command.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    throw error;
  }
}

test.each([
  ['--port', 'x'],
  ['--port', '70000'],
  ['--speed', '0'],
  ['--rounding', 'soon'],
  ['--lead', '-5m'],
  ['--call-length', '3m-10s'],
  ['--concurrency', '0'],
  ['--wallet', 'much'],
  ['--wallet-unit', 'rupees'],
  ['--rate-limit', '1.5'],
  ['--fault', 'create:1:explode'],
  ['--dialect', '/nowhere/shapes.json'],
])('%s %s is refused in one line with exit code 2', async (flag, value) => {
  expect(await exitCode(`${flag}=${value}`)).toBe(2);
  expect(written.trim().split('\n')).toHaveLength(1);
  expect(written).toContain(flag);
});

test('a port in use is one sentence that says what to do, exit code 2', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;
  const code = await exitCode('--port', String(port));
  await new Promise((resolve) => other.close(resolve));
  expect(code).toBe(2);
  expect(written).toMatch(new RegExp(`^error: Port ${port} is in use: .*--port.*\\n$`));
});

test('it serves, logs a line a request without telephone numbers, and ends well on SIGTERM', async () => {
  const ended = exitCode('--port', '0', '--fault', 'me:1:503');
  await until(() => written.includes('http://'));
  const url = /http:\/\/\S+?:\d+/.exec(written)?.[0];
  const headers = { authorization: 'Bearer bn-secret' };
  await fetch(`${url}/user/me`, { headers });
  await fetch(`${url}/call/+919876543210?to=+919876543210`, { headers });
  process.emit('SIGTERM');
  expect(await ended).toBe(0);
  expect(written).toMatch(/GET \/user\/me 503 \(fault: 503\)/);
  expect(written).not.toMatch(/9876543210|bn-secret/);
});

test.each([
  [[], 2500],
  [['--wallet-unit', 'cents'], 2500],
  [['--wallet-unit', 'units'], 25],
])('%j tells a wallet of 25 as %d', async (flags, wallet) => {
  const ended = exitCode('--port', '0', '--wallet', '25', ...flags);
  await until(() => written.includes('http://'));
  const url = /http:\/\/\S+?:\d+/.exec(written)?.[0];
  const answer = await fetch(`${url}/user/me`, { headers: { authorization: 'Bearer bn-any' } });
  process.emit('SIGTERM');
  expect(await answer.json()).toMatchObject({ wallet });
  expect(await ended).toBe(0);
});

test('the help shows the syntax of faults and examples', () => {
  let help = '';
  simulatorCommand()
    .configureOutput({ writeOut: (text) => (help += text) })
    .outputHelp();
  expect(help).toContain('create:1:reset-after');
  expect(help).toContain('Examples:');
});
