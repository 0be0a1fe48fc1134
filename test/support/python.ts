import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram, runWell } from './run-program';
import { TOOLS } from './tools';

/**
 * A Python with the packages of a file, made once for all runs of the tests.
 * @param name of the folder in which it is kept
 */
export async function pythonWith(requirements: string, name: string): Promise<string> {
  const folder = join(TOOLS, name);
  const python = join(folder, 'bin', 'python');
  const wanted = readFileSync(requirements, 'utf8').trim().split('\n');
  const has = await runProgram(python, ['-m', 'pip', 'freeze']).catch(() => undefined);
  if (wanted.every((line) => has?.stdout.includes(line))) return python;
  const made = await runProgram('python3', ['-m', 'venv', '--clear', folder]).catch((error: Error) => error);
  if (made instanceof Error || made.code !== 0) {
    throw new Error(`This test needs Python 3 with its module venv (Debian: python3-venv), for ${requirements}.`);
  }
  await runWell(python, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements]);
  return python;
}
