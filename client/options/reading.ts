import { type Command, InvalidArgumentError } from 'commander';

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

function country(text: string): string {
  const { callingCodeIn } = require('../../contacts/number-rules') as typeof import('../../contacts/number-rules');
  const code = text.toUpperCase();
  if (callingCodeIn(code) !== undefined) return code;
  throw new InvalidArgumentError('It must be a country of two letters, such as IN or US.');
}
