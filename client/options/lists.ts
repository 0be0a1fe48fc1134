import type { Command } from 'commander';
import { several } from './values';

/** Adds the options that say who must not be called. */
export function suppressOptions(command: Command): Command {
  return command
    .option(
      '--suppress <file>',
      'a suppression list, a file or a public http(s) address: a CSV, or one number a line; may be given several times',
      several,
    )
    .option(
      '--ignore-unreadable-suppressions',
      'go on although entries of suppression lists cannot be read: the people they name may be called',
    );
}
