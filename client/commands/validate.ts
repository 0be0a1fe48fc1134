import { Command, InvalidArgumentError } from 'commander';
import type { CountryCode } from 'libphonenumber-js/max';
import { suppressOptions } from '../options/lists';
import { withHelp } from '../terminal/help';
import type { ValidateFlags } from '../validate/validate';

/** `validate`: what is wrong with a contacts file. */
export function validateCommand(): Command {
  const checked = new Command('validate')
    .argument('<file>', 'a CSV with a contact_number column; commas, semicolons or tabs')
    .option('--fix <file>', 'write the rows that can be called there, with their numbers in E.164')
    .option(
      '--country <code>',
      'whose numbers those without a + are, also in suppression lists, as in IN or US',
      country,
    );
  const command = suppressOptions(checked)
    .option('--json', 'a line of JSON for each row that is skipped or odd, and one for the whole, on stdout')
    .action(async (file: string, flags: ValidateFlags) => {
      const { validate } = require('../validate/validate') as typeof import('../validate/validate');
      process.exitCode = await validate(file, flags);
    });
  return withHelp(command, {
    examples: [
      'validate recipients.csv',
      ['validate recipients.csv --country IN --fix cleaned.csv', 'then: start --csv cleaned.csv'],
    ],
    json: '{"line", "verdict", "column", "value", "reason", "mend"} a row; at the end {"total", "valid", "rejected", "duplicates", "suppressed", "flagged", "rewritten", "columns", "reasons"}.',
    exitCodes: '0 somebody can be called, 1 failed, 2 nobody can be called, or the file cannot be used',
  });
}

/** @throws InvalidArgumentError for what is no country */
export function country(text: string): CountryCode {
  const { isSupportedCountry } = require('libphonenumber-js/max') as typeof import('libphonenumber-js/max');
  const code = text.toUpperCase();
  if (isSupportedCountry(code)) return code;
  throw new InvalidArgumentError('It must be a country of two letters, such as IN or US.');
}
