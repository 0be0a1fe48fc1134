import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

export interface ProgramEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** Milliseconds; far above what any of them takes, so that one that hangs fails its test and not the whole run. */
const LIMIT_MS = 300_000;

/** Runs a program to its end, however it ends. @throws where it could not be started, or did not end */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ProgramEnd> {
  try {
    const told = await promisify(execFile)(program, args, { ...options, maxBuffer: 2 ** 26, timeout: LIMIT_MS });
    return { code: 0, ...told };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { code, stdout, stderr };
  }
}

/** Runs one that has to work. @returns what it said on stdout */
export async function runWell(...program: Parameters<typeof runProgram>): Promise<string> {
  const { code, stdout, stderr } = await runProgram(...program);
  if (code !== 0) throw new Error(`${program[0]} ${program[1].join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}
