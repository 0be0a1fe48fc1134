import type { Command } from 'commander';

/** What the help of a command says below its options. */
export interface MoreHelp {
  /** Command lines without the program's name, each with what it does where that is not plain. */
  examples: readonly (string | [line: string, comment: string])[];
  /** What `--json` prints on stdout. */
  json?: string;
  /** What the exit codes mean here. */
  exitCodes: string;
  /** Whatever else there is to know, in paragraphs. */
  notes?: string;
}

/** Adds examples, the shape of the JSON, and the exit codes to a command's help. */
export function withHelp(command: Command, { examples, json, exitCodes, notes }: MoreHelp): Command {
  const lines = examples.map((example) => {
    const [line, comment] = typeof example === 'string' ? [example] : example;
    return `  $ bolna-campaigns ${line}${comment === undefined ? '' : `   # ${comment}`}`;
  });
  const parts = [
    `Examples:\n${lines.join('\n')}`,
    ...(notes === undefined ? [] : [notes]),
    ...(json === undefined ? [] : [`With --json: ${json}`]),
    `Exit codes: ${exitCodes}.`,
  ];
  return command.addHelpText('after', `\n${parts.join('\n\n')}`);
}

/** Of commands that end with a campaign. */
export const RESULT_EXIT_CODES =
  '0 completed, 1 failed, 2 bad input or configuration, 3 stopped, canceled, missed or wallet empty, 130 interrupted';
/** Of commands that only ask or tell. */
export const PLAIN_EXIT_CODES = '0 done, 1 failed, 2 bad input or configuration';
