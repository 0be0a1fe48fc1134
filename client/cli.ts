#!/usr/bin/env node
import { carryOut, explained } from './carry-out';
import { EXIT } from './user-error';

/** The command line: `bolna-campaigns`. */
async function main(argv: string[]): Promise<void> {
  outliveReaders();
  outliveConnections();
  // A connection that the SDK is still trying for cannot be given up, and must not hold up the end.
  if (!(await carryOut(argv))) setTimeout(() => process.exit(), 1_000).unref();
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
