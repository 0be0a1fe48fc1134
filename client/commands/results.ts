import { Command, InvalidArgumentError, Option } from 'commander';
import { OUTCOMES } from '../../results/columns';
import type { ReportFlags } from '../rows/report';
import type { ResultsFlags } from '../rows/results';
import { PLAIN_EXIT_CODES, withHelp } from '../terminal/help';

/** `results`: the rows of a campaign that is over. */
export function resultsCommand(): Command {
  const command = new Command('results')
    .argument('<id>', 'campaign ID')
    .addOption(
      new Option('--format <format>', 'csv, jsonl or table (default: a table on a terminal, else csv)').choices([
        ...['csv', 'jsonl', 'table'],
      ]),
    )
    .option(
      '--only <results>',
      'only rows that ended so, as in no-answer,busy,voicemail; as csv, ready to be called again',
      ends,
    )
    .option('-o, --output <file>', 'where to write them (default: stdout)')
    .addOption(new Option('--json', 'the same as --format jsonl').conflicts('format'))
    .action(async (id: string, flags: ResultsFlags) => {
      const { results } = require('../rows/results') as typeof import('../rows/results');
      process.exitCode = await results(id, flags);
    });
  return withHelp(command, {
    examples: [
      'results morning-2026-06-23',
      ['results morning-2026-06-23 --only no-answer,busy -o second.csv', 'then: start --csv second.csv'],
      'results morning-2026-06-23 --format jsonl',
    ],
    json: 'a line for each row, {"line", "contactNumber", "result", "reason", "terminationReason", "executionId", "durationSeconds", "cost", "retries", "recordingUrl", "recording", "recordingMissing", "extractedData", "values"}. Costs are in cents.',
    notes:
      'With --only, a CSV is a contacts file with the columns of the first one, under their own names. Where no row ended so, it is a header without rows, and the exit code is 3. A file that is not ASCII begins with a byte order mark, for spreadsheets; stdout has none.',
    exitCodes: '0 done, 1 failed, 2 bad input or configuration, 3 no row ended as --only says',
  });
}

/** `report`: the page that tells a campaign. */
export function reportCommand(): Command {
  const command = new Command('report')
    .argument('<id>', 'campaign ID')
    .option('-o, --output <file>', 'where to write it (default: the campaign ID and .html, in this folder)')
    .option('--open', 'show it in the browser')
    .option('--json', 'what was written, as one line of JSON on stdout')
    .action(async (id: string, flags: ReportFlags) => {
      const { report } = require('../rows/report') as typeof import('../rows/report');
      process.exitCode = await report(id, flags);
    });
  return withHelp(command, {
    examples: ['report morning-2026-06-23 --open', 'report morning-2026-06-23 -o report.html'],
    json: '{"campaignId", "file", "bytes", "rows", "shownRows"}.',
    exitCodes: PLAIN_EXIT_CODES,
  });
}

function ends(text: string): string[] {
  const named = text.split(',').map((name) => name.trim());
  const unknown = named.find((name) => !(OUTCOMES as readonly string[]).includes(name));
  if (unknown === undefined) return named;
  throw new InvalidArgumentError(`No row ends ${unknown || 'as nothing'}; there are ${OUTCOMES.join(', ')}.`);
}
