/** One line of JSON that the keeper writes to its stdout. */
export type KeeperMessage =
  | { type: 'started'; pid: number; holdPort?: number }
  | { type: 'left' }
  | { type: 'exited'; code: number | null; signal: string | null; output: string };

/** Milliseconds the server gets between SIGTERM and SIGKILL; it needs 1 to 3 seconds. */
export const KEEPER_PATIENCE_MS = 8_000;

/**
 * The program of the keeper: a process of its own between a run and its Temporal server, started with
 * `node -e KEEPER_SOURCE <log file> <bytes of log to keep> <whether it is shared: true or false> <program> <arguments…>`.
 *
 * - The run may be killed with SIGKILL and can then clean up nothing. The keeper's stdin is a pipe that only the run holds;
 *   its end is the order to stop the server.
 * - A shared server has other users than the run. Each holds a connection to the keeper, which ends with its process however that ends, and
 *   the server is stopped when the run and all of them are gone.
 * - Ctrl-C in a terminal goes to every process of the group. The keeper leads a group of its own, so the run can drain its
 *   worker while the server still answers.
 * - It writes the server's log within a bound (a server whose disk is full writes thousands of lines a second), and keeps
 *   the last of it in memory: with a full disk there is no log to read the reason from.
 * - The descriptor 3 is the lock of the campaign home. It goes on to the server, so that the home is free when nobody writes
 *   to the database any more, and not before.
 *
 * It is text rather than a module, because it must run the same from TypeScript sources under jest as from compiled output.
 */
export const KEEPER_SOURCE = `
'use strict';
const fs = require('node:fs');
const net = require('node:net');
const { spawn } = require('node:child_process');
const [logPath, logBytes, shared, program, ...args] = process.argv.slice(1);
const limit = Number(logBytes) / 2;

let log;
let written = 0;
let output = '';

function openLog() {
  try {
    if (log !== undefined) fs.closeSync(log);
    log = undefined;
    if (fs.existsSync(logPath)) fs.renameSync(logPath, logPath + '.1');
    log = fs.openSync(logPath, 'w');
    written = 0;
  } catch {}
}

function keep(chunk) {
  // Room for a whole Go panic: what it was about is said above it.
  output = (output + chunk).slice(-65536);
  if (log === undefined || written > limit) openLog();
  try {
    if (log !== undefined) written += fs.writeSync(log, chunk);
  } catch {}
}

function tell(message, done) {
  process.stdout.write(JSON.stringify(message) + '\\n', done);
}

process.stdout.on('error', () => {});
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});

const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe', 3] });
let ending = false;
let left = false;
const users = new Set();

function stop() {
  if (ending) return;
  ending = true;
  // Whoever comes now is not told that the server stays.
  holds.close();
  server.kill('SIGTERM');
  setTimeout(() => server.kill('SIGKILL'), ${KEEPER_PATIENCE_MS}).unref();
}

function finish(code, signal) {
  tell({ type: 'exited', code, signal, output }, () => process.exit(0));
}

// The run has gone.
function leave() {
  left = true;
  if (users.size === 0) stop();
  else tell({ type: 'left' });
}

const holds = net.createServer((user) => {
  if (ending) return user.destroy();
  users.add(user);
  user.on('error', () => {}).resume();
  user.on('close', () => {
    users.delete(user);
    if (left && users.size === 0) stop();
  });
  user.write('held\\n');
});
holds.on('error', () => {});

process.on('SIGTERM', stop);
process.stdin.on('error', leave).on('close', leave).resume();
server.stdout.on('data', keep);
server.stderr.on('data', keep);
server.on('spawn', () => {
  const started = { type: 'started', pid: server.pid };
  if (shared !== 'true') return tell(started);
  holds.once('error', () => tell(started));
  holds.listen(0, '127.0.0.1', () => tell({ ...started, holdPort: holds.address().port }));
});
server.on('error', (error) => {
  if (server.pid === undefined) {
    output = error.message;
    finish(null, null);
  }
});
server.on('close', finish);
`;
