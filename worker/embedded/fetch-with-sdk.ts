import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { runFetcher } from './fetch-child';
import type { ServerFetcher } from './fetchers';

/** The SDK sets no time limit of its own; behind a firewall that drops packets it would wait for minutes. */
const FIRST_BYTE_LIMIT_MS = 8_000;
const STALL_LIMIT_MS = 30_000;
const LOOK_EVERY_MS = 100;

/**
 * Run by itself, since the SDK's download can neither be cancelled nor be had without a start of the server. Standard input
 * is held by the caller: when that is gone, so is this group, with the server in it.
 */
const SCRIPT = `
const [testing, factory, downloadDir] = process.argv.slice(1);
process.stdin.on('error', () => {}).on('close', () => process.kill(-process.pid, 'SIGKILL')).resume();
const { TestWorkflowEnvironment } = require(testing);
TestWorkflowEnvironment[factory]({ server: { executable: { type: 'cached-download', downloadDir } } })
  .then((environment) => environment.teardown())
  .then(() => process.exit(0), (error) => {
    console.error('Error: ' + error.message);
    process.exit(1);
  });
`;

/** The download that the Temporal SDK has built in, from temporal.download. */
export const fetchWithSdk: ServerFetcher = {
  source: 'temporal.download',
  cacheName: (program) => `${program.name}-sdk-typescript-${program.sdk.version}`,
  async fetch(program, folder, env) {
    const tooLong = new AbortController();
    const watch = watchProgress(folder, tooLong);
    try {
      const args = ['-e', SCRIPT, require.resolve('@temporalio/testing'), program.sdk.factory, folder];
      const { output } = await runFetcher(process.execPath, args, env, tooLong.signal);
      // Judged by the file alone: whether the server then started is for its real start to say.
      const file = await downloadedFile(folder);
      if (file !== undefined) return file;
      throw new Error(tooLong.signal.aborted ? 'no answer' : reasonOf(output));
    } finally {
      tooLong.abort();
      await watch;
    }
  },
};

/** Aborts when the download does not begin, or stops growing. The start of the server, afterwards, is bounded by the SDK. */
async function watchProgress(folder: string, tooLong: AbortController): Promise<void> {
  let lastBytes = 0;
  let deadline = Date.now() + FIRST_BYTE_LIMIT_MS;
  while (!tooLong.signal.aborted) {
    const bytes = await bytesIn(folder);
    if (bytes > lastBytes) {
      lastBytes = bytes;
      deadline = Date.now() + STALL_LIMIT_MS;
    }
    if (Date.now() >= deadline) tooLong.abort();
    else await delay(LOOK_EVERY_MS, undefined, { signal: tooLong.signal }).catch(() => {});
  }
}

async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder).catch(() => [])) {
    bytes += await stat(join(folder, name)).then(
      ({ size }) => size,
      () => 0,
    );
  }
  return bytes;
}

/** The SDK downloads to `<name>.downloading` and renames, so any other file is whole. */
async function downloadedFile(folder: string): Promise<string | undefined> {
  const name = (await readdir(folder)).find((candidate) => !candidate.endsWith('.downloading'));
  return name === undefined ? undefined : join(folder, name);
}

function reasonOf(output: string): string {
  if (/dns error|lookup address/i.test(output)) return 'its name cannot be looked up';
  if (/connection refused|tcp connect|client error \(Connect\)|error sending request/i.test(output)) {
    return 'cannot be reached';
  }
  const status = /HTTP status [^(]*\((\d{3})/.exec(output)?.[1];
  if (status !== undefined) return `answered with HTTP ${status}`;
  return /no space left/i.test(output) ? 'No space left on device' : 'failed';
}
