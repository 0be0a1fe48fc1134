import { Command } from 'commander';
import type { HaltKind } from '../halt/consequences';
import type { HaltFlags } from '../halt/halt';
import { withHelp } from '../terminal/help';

/** `stop`: nobody else is called, calls on the line may finish. */
export function stopCommand(): Command {
  return haltCommand('stop');
}

/** `cancel`: nobody else is called, nothing is waited for. */
export function cancelCommand(): Command {
  return haltCommand('cancel');
}

function haltCommand(kind: HaltKind): Command {
  const command = new Command(kind)
    .argument('<id>', 'campaign ID')
    .option('--reason <text>', 'why, for those who see the campaign later')
    .option('--by <name>', 'who orders it (default: your user name)')
    .option('--yes', 'do not ask')
    .option('--no-wait', 'do not wait until Bolna shows it')
    .option('--json', 'how the campaign stands then, as one line of JSON on stdout')
    .action(async (id: string, flags: HaltFlags) => {
      const { halt } = require('../halt/halt') as typeof import('../halt/halt');
      process.exitCode = await halt(kind, id, flags);
    });
  return withHelp(command, {
    examples: [`${kind} morning-2026-06-23 --reason "wrong list"`, `${kind} morning-2026-06-23 --yes --no-wait`],
    json: 'progress, as "status" has it; with --no-wait {"campaignId", "kind", "ordered": true}.',
    exitCodes: '0 halted, 1 not known whether, 2 bad input or no such campaign, 130 interrupted',
  });
}
