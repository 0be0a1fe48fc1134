import { spawn } from 'node:child_process';

const OUTPUT_KEPT = 8_192;

export interface ChildResult {
  /** Null when the child was killed. */
  code: number | null;
  /** The end of what it printed. */
  output: string;
}

/**
 * Runs a program that fetches something, in a process group of its own, until it ends or `signal` says that it takes too
 * long; then the whole group is killed, with whatever it started. It is killed with this process's exit, too.
 *
 * @throws the system's error when the program cannot be started (code `ENOENT`: there is none)
 */
export function runFetcher(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ChildResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_KEPT);
    };
    const kill = () => {
      if (child.pid === undefined) return;
      try {
        process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    };
    const settle = () => {
      signal.removeEventListener('abort', kill);
      process.removeListener('exit', kill);
    };
    signal.addEventListener('abort', kill);
    process.once('exit', kill);
    child.stdin.on('error', () => {});
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('close', (code) => {
      settle();
      resolve({ code, output });
    });
  });
}

/** The first line of the output that names an error, else the last line; short enough for a sentence. */
export function shortReason(output: string): string {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.find((candidate) => /^(error|Error|ERROR)\b/.test(candidate)) ?? lines.at(-1) ?? 'no reason given';
  const text = line.replace(/^error:\s*/i, '');
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
