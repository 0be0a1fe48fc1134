#!/usr/bin/env node
import { Command } from 'commander';
import { simulatorCommand } from '../simulator/command';
import { demoCommand, runCommand } from './commands/run';
import { workerCommand } from './commands/worker';
import { explain } from './explain';

/** The command line: `bolna-campaigns`. */
async function main(argv: string[]): Promise<void> {
  const program = new Command('bolna-campaigns')
    .description('Calling campaigns over the Bolna batch API that nothing can make call twice')
    .showHelpAfterError('(add --help for what there is)');
  for (const command of [runCommand(), demoCommand(), workerCommand(), simulatorCommand()]) {
    program.addCommand(command.copyInheritedSettings(program).exitOverride());
  }
  program.exitOverride();
  outliveReaders();
  try {
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

/** Whoever reads what we write may leave early, as `head` does: no reason for a campaign to end. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

void main(process.argv);
