import type { Command } from 'commander';
import { country } from './values';

/** Adds the options that say how a contacts file is read. */
export function readingOptions(command: Command): Command {
  return command
    .option('--sheet <name>', 'which sheet of an .xlsx file (default: the first one)')
    .option(
      '--number-column <name>',
      'which column holds the numbers to call (default: contact_number, or the only one that can mean them, such as Phone)',
    )
    .option(
      '--country <code>',
      'whose numbers those without a + are, also in suppression lists, as in IN or US',
      country,
    );
}
