import { Command } from 'commander';
import { suppressOptions } from '../options/lists';
import { readingOptions } from '../options/reading';
import { withHelp } from '../terminal/help';
import type { ValidateFlags } from '../validate/validate';

/** `validate`: what is wrong with a contacts file. */
export function validateCommand(): Command {
  const checked = new Command('validate')
    .argument('<file>', 'a CSV (commas, semicolons or tabs) or .xlsx file with a contact_number column')
    .option('--fix <file>', 'write the rows that can be called there, with their numbers in E.164');
  const command = suppressOptions(readingOptions(checked))
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
    json: '{"line", "verdict", "column", "value", "reason", "mend"} a row; at the end {"total", "valid", "rejected", "duplicates", "suppressed", "flagged", "rewritten", "columns", "reasons", "notes"}.',
    exitCodes: '0 somebody can be called, 1 failed, 2 nobody can be called, or the file cannot be used',
  });
}
