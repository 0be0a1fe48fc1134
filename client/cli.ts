#!/usr/bin/env node
import { CommanderError } from 'commander';
import { addCompletion } from './commands/completion';
import { programOf } from './commands/program';
import type { Explanation } from './explain';
import { EXIT, type ExitCode } from './user-error';
import { version } from './version';

/** The command line: `bolna-campaigns`. */
async function main(argv: string[]): Promise<void> {
  const program = programOf(version(), argv.slice(2));
  outliveReaders();
  outliveConnections();
  try {
    await addCompletion(program, argv);
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = told(error);
    // A connection that the SDK is still trying for cannot be given up, and must not hold up the end.
    setTimeout(() => process.exit(), 1_000).unref();
  }
}

/** Tells a person what has ended the command. @returns what the process ends with */
function told(error: unknown): ExitCode {
  // Commander has told its own errors, and ends the help and the version with one too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.completed : EXIT.badInput;
  const { sentence, exitCode } = explained(error);
  // DEBUG=1 also shows the stack.
  if (process.env.DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.stderr.write(`error: ${sentence}\n`);
  return exitCode;
}

/** Loaded where it is needed, which is never for a help or a wrong option. */
function explained(error: unknown): Explanation {
  const { explain } = require('./explain') as typeof import('./explain');
  return explain(error);
}

/** What the SDK still tries on a connection that we have closed throws where nobody could catch it, and means nothing. */
function outliveConnections(): void {
  process.on('uncaughtException', (error) => {
    if (error.message === 'Channel has been shut down') return;
    console.error(error);
    process.exit(EXIT.failed);
  });
}

/** Whoever reads what we write may leave early, as `head` does: no reason for a campaign to end. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') return;
      // What there is to say cannot be written any more, or only here.
      process.stderr.write(`error: ${explained(error).sentence}\n`, () => process.exit(EXIT.failed));
    });
  }
}

void main(process.argv);
