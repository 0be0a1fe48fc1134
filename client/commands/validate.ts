import { Command } from 'commander';
import { suppressOptions } from '../options/lists';
import { readingOptions } from '../options/reading';
import { account, agentId } from '../options/values';
import { variableOptions } from '../options/variables';
import { withHelp } from '../terminal/help';
import type { ValidateFlags } from '../validate/validate';

/** `validate`: what is wrong with a contacts file. */
export function validateCommand(): Command {
  const checked = new Command('validate')
    .argument('<file>', 'a CSV (commas, semicolons or tabs) or .xlsx file with a contact_number column')
    .option('--fix <file>', 'write the rows that can be called there, with their numbers in E.164');
  readingOptions(checked)
    .option('--agent <id>', 'UUID of the Bolna agent that is to call: compares its words with the columns', agentId)
    .option('--account <name>', 'the Bolna account that the agent belongs to, as in BOLNA_ACCOUNTS', account);
  const command = suppressOptions(variableOptions(checked))
    .option('--json', 'a line of JSON for each row that is skipped or odd, and one for the whole, on stdout')
    .action(async (file: string, flags: ValidateFlags) => {
      const { validate } = require('../validate/validate') as typeof import('../validate/validate');
      process.exitCode = await validate(file, flags);
    });
  return withHelp(command, {
    examples: [
      'validate recipients.csv',
      ['validate recipients.csv --country IN --fix cleaned.csv', 'then: start --csv cleaned.csv'],
      ['validate recipients.csv --agent 3fa85f64-5717-4562-b3fc-2c963f66afa6', 'needs BOLNA_API_KEY'],
    ],
    json: '{"line", "verdict", "column", "value", "reason", "mend"} a row; at the end {"total", "valid", "rejected", "duplicates", "suppressed", "flagged", "rewritten", "columns", "reasons", "notes", "preflight"?}.',
    exitCodes:
      '0 somebody can be called, 1 failed, 2 nobody can be called, the file cannot be used, or the agent uses variables that it lacks',
  });
}
