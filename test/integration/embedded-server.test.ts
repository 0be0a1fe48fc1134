import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DiskFullError, PortInUseError, ServerStartError } from '../../worker/embedded/errors';
import { findTemporalCli } from '../../worker/embedded/find-server';
import { type HomeLock, lockHome } from '../../worker/embedded/home';
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from '../../worker/embedded/server';
import { serverEnvironment } from '../support/tools';

let cliPath: string;
let home: string;
let lock: HomeLock;
const servers: EmbeddedServer[] = [];

beforeAll(async () => {
  cliPath = await findTemporalCli(serverEnvironment());
});
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'embedded-'));
  lock = await lockHome(home);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  lock.release();
  rmSync(home, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({ lock, cliPath, ...options });
  servers.push(server);
  return server;
}

async function withClient<T>(server: EmbeddedServer, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await use(new Client({ connection, namespace: server.namespace }));
  } finally {
    await connection.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('a workflow can be started the moment the server is said to be there, and the UI answers', async () => {
  const server = await start();
  await withClient(server, (client) => client.workflow.start('any', { taskQueue: 'q', workflowId: 'first' }));
  expect((await fetch(server.uiUrl)).status).toBe(200);
});

test('a workflow is still there after the server was stopped and started again on its database', async () => {
  const first = await start();
  const runId = await withClient(first, async (client) => {
    const handle = await client.workflow.start('any', { taskQueue: 'q', workflowId: 'kept' });
    return handle.firstExecutionRunId;
  });
  await first.stop();
  expect(isAlive(first.pid)).toBe(false);

  const found = await withClient(await start(), (client) => client.workflow.getHandle('kept').describe());
  expect(found.runId).toBe(runId);
});

test('a namespace of another name is there from the start', async () => {
  const server = await start({ namespace: 'campaigns' });
  await withClient(server, (client) => client.workflow.start('any', { taskQueue: 'q', workflowId: 'named' }));
});

test('after stop there is no reason to tell, and stopping twice is harmless', async () => {
  const server = await start();
  await Promise.all([server.stop(), server.stop()]);
  await expect(server.ended).resolves.toBeUndefined();
});

test('a server that is killed while it runs is reported', async () => {
  const server = await start();
  process.kill(server.pid, 'SIGKILL');
  const reason = await server.ended;
  expect(reason?.message).toMatch(/^The Temporal server ended by SIGKILL/);
});

test('a port given by number that is taken is refused, and nothing is left running', async () => {
  const other = createServer();
  await new Promise<void>((listening) => other.listen(0, '127.0.0.1', listening));
  try {
    const { port } = other.address() as AddressInfo;
    await expect(start({ port })).rejects.toBeInstanceOf(PortInUseError);
    expect(existsSync(join(home, 'temporal.log'))).toBe(false);
  } finally {
    other.close();
  }
});

test('a damaged database is refused by its name and left as it was', async () => {
  const database = join(home, 'temporal.db');
  writeFileSync(database, 'not a database, but somebody may want to mend it\n'.repeat(1000));
  const before = readFileSync(database);
  const attempt = start();
  await expect(attempt).rejects.toBeInstanceOf(ServerStartError);
  await expect(attempt).rejects.toThrow(`${database} is damaged`);
  expect(readFileSync(database).equals(before)).toBe(true);
});

test('a first start that was killed in the middle does not stand in the way of the second', async () => {
  writeFileSync(join(home, 'temporal.db'), 'half a database');
  writeFileSync(join(home, 'temporal.db.unfinished'), '');
  await start();
  expect(existsSync(join(home, 'temporal.db.unfinished'))).toBe(false);
});

test('a disk without room is refused before anything is written', async () => {
  await expect(start({ minFreeBytes: Number.MAX_SAFE_INTEGER })).rejects.toBeInstanceOf(DiskFullError);
  expect(existsSync(join(home, 'temporal.db'))).toBe(false);
});

test('a program that is no Temporal server is quoted with what it said', async () => {
  const program = join(home, 'not-temporal');
  writeFileSync(program, '#!/bin/sh\necho "I only make coffee" >&2\nexit 3\n', { mode: 0o755 });
  await expect(start({ cliPath: program })).rejects.toThrow(
    'The Temporal server ended with code 3, saying: I only make coffee',
  );
});

test('a program that never answers is stopped after the time given', async () => {
  const program = join(home, 'mute');
  writeFileSync(program, `#!/bin/sh\necho $$ > '${home}/pid'\nexec sleep 1000\n`, { mode: 0o755 });
  await expect(start({ cliPath: program, startTimeoutMs: 1_000 })).rejects.toThrow('did not answer in time');
  expect(isAlive(Number(readFileSync(join(home, 'pid'), 'utf8')))).toBe(false);
});
