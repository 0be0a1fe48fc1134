import { CommanderError } from 'commander';
import { asCalled } from './as-called';
import { addCompletion } from './commands/completion';
import { programOf } from './commands/program';
import type { Explanation } from './explain';
import { EXIT, type ExitCode } from './user-error';
import { version } from './version';

/**
 * Carries out a command line, and tells a person what has ended it, where something did. `process.exitCode` is what the process is to
 * end with. @returns whether it came to its end by itself
 */
export async function carryOut(argv: string[]): Promise<boolean> {
  const program = programOf(version(), argv.slice(2));
  try {
    await addCompletion(program, argv);
    await program.parseAsync(argv);
    return true;
  } catch (error) {
    process.exitCode = told(error);
    return false;
  }
}

/** Tells a person what has ended the command. @returns what the process ends with */
function told(error: unknown): ExitCode {
  // Commander has told its own errors, and ends the help and the version with one too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.completed : EXIT.badInput;
  const { sentence, exitCode } = explained(error);
  // DEBUG=1 also shows the stack.
  if (process.env.DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.stderr.write(`error: ${asCalled(sentence)}\n`);
  return exitCode;
}

/** Loaded where it is needed, which is never for a help or a wrong option. */
export function explained(error: unknown): Explanation {
  const { explain } = require('./explain') as typeof import('./explain');
  return explain(error);
}
