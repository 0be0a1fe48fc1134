#!/usr/bin/env node
import { ApplicationFailure } from '@temporalio/common';
import { Command, CommanderError } from 'commander';
import { ContactsError } from '../contacts/errors';
import { simulatorCommand } from '../simulator/command';
import { errorCode } from '../storage/error-code';
import { ConfigError } from '../worker/config';
import { DiskFullError, EmbeddedServerError, ServerStartError } from '../worker/embedded/errors';
import { CampaignEndedError } from './campaigns';
import { demoCommand, runCommand } from './commands/run';
import { workerCommand } from './commands/worker';
import { EXIT, UserError } from './user-error';

/** The command line: `bolna-campaigns`. */
async function main(argv: string[]): Promise<void> {
  const program = new Command('bolna-campaigns')
    .description('Calling campaigns over the Bolna batch API that nothing can make call twice')
    .showHelpAfterError('(add --help for what there is)');
  for (const command of [runCommand(), demoCommand(), workerCommand(), simulatorCommand()]) {
    program.addCommand(command.copyInheritedSettings(program).exitOverride());
  }
  program.exitOverride();
  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** One sentence and the exit code; the stack only for whoever asks with DEBUG. */
function explain(error: unknown): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.completed : EXIT.badInput;
  if (process.env.DEBUG) process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  process.stderr.write(`error: ${sentence(error)}\n`);
  if (error instanceof UserError) return error.exitCode;
  if (error instanceof DiskFullError || error instanceof ServerStartError) return EXIT.failed;
  const input = [ConfigError, ContactsError, EmbeddedServerError].some((kind) => error instanceof kind);
  const refused = error instanceof ApplicationFailure && error.type === 'InvalidInput';
  return input || refused ? EXIT.badInput : EXIT.failed;
}

function sentence(error: unknown): string {
  const code = errorCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC')
    return 'The disk is full: make room where CAMPAIGN_HOME and CAMPAIGN_DATA are, and type the command again.';
  if (code === 'EACCES' || code === 'EROFS')
    return `${message}. Make the folder writable, or set CAMPAIGN_HOME and CAMPAIGN_DATA to others.`;
  if (error instanceof CampaignEndedError) return `The campaign has ended without a result: ${message}`;
  return message;
}

void main(process.argv);
