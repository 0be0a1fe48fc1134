import type { Command } from 'commander';

/** Adds the options that say what becomes of variables without a value. */
export function variableOptions(command: Command): Command {
  return command
    .option('--allow-missing', 'call although the agent uses variables that the file has no column for')
    .option(
      '--require-variables',
      'do not call rows without a value (blank, N/A, #REF! and the like) in a variable that the agent uses',
    );
}
