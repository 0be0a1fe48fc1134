#!/usr/bin/env node
import { addCompletion } from './commands/completion';
import { programOf } from './commands/program';
import { explain } from './explain';
import { EXIT } from './user-error';
import { version } from './version';

/** The command line: `bolna-campaigns`. */
async function main(argv: string[]): Promise<void> {
  const program = programOf(version());
  outliveReaders();
  outliveConnections();
  try {
    await addCompletion(program, argv);
    await program.parseAsync(argv);
  } catch (error) {
    const { sentence, exitCode } = explain(error);
    // The stack is only for whoever asks.
    if (process.env.DEBUG && sentence) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    if (sentence) process.stderr.write(`error: ${sentence}\n`);
    process.exitCode = exitCode;
    // A connection that the SDK is still trying for cannot be given up, and must not hold up the end.
    setTimeout(() => process.exit(), 1_000).unref();
  }
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
      process.stderr.write(`error: ${explain(error).sentence}\n`, () => process.exit(EXIT.failed));
    });
  }
}

void main(process.argv);
