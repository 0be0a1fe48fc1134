import { Command, Option } from 'commander';
import { account, agentId, duration, numbers } from '../options/values';
import { withHelp } from '../terminal/help';
import type { VerifyFlags } from '../verify/command';

/** `verify-api`: whether Bolna does what is assumed of it. */
export function verifyCommand(): Command {
  const command = new Command('verify-api')
    .option('--agent <id>', 'UUID of a Bolna agent of yours (default: BOLNA_AGENT_ID)', agentId)
    .option('--account <name>', 'the Bolna account to check, as in BOLNA_ACCOUNTS', account)
    .addOption(
      new Option('--watch <duration>', 'how long to watch the batch that is not scheduled')
        .argParser(duration)
        .default(60_000, '1m'),
    )
    .option('--call <number>', 'then call this number, yours, once, and check the rest; asks first', oneNumber)
    .option('--yes', 'do not ask')
    .option('--record <file>', 'write the shapes of all answers there: no numbers, names, keys or transcripts')
    .option('--json', 'a line of JSON for each check, on stdout')
    .action(async (flags: VerifyFlags) => {
      const { verify } = require('../verify/command') as typeof import('../verify/command');
      process.exitCode = await verify(flags);
    });
  return withHelp(command, {
    examples: [
      'verify-api',
      ['verify-api --call +12025550123', 'calls your own phone; takes up to 30 minutes'],
      ['verify-api --record shapes.json', 'then: simulator --dialect shapes.json'],
    ],
    json: '{"check", "verdict": "ok" | "differs" | "unknown", "text"} a check.',
    exitCodes:
      '0 nothing differs, 1 something differs or a batch is left at Bolna, 2 bad input or configuration, 3 no batch could be made, 130 interrupted',
    notes:
      'It makes one batch with a number that is reserved for fiction, never schedules it, and deletes it. If it is killed, the next run deletes it.\nA line says whether Bolna does what campaigns assume (ok), does otherwise (differs), or shows nothing that decides it (unknown).',
  });
}

function oneNumber(text: string): string | undefined {
  return numbers(text)[0];
}
