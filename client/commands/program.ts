import { Command } from 'commander';
import { simulatorCommand } from '../../simulator/command';
import { maxCostCommand, rescheduleCommand } from './change';
import { doctorCommand } from './doctor';
import { cancelCommand, stopCommand } from './halt';
import { listCommand, statusCommand, watchCommand } from './look';
import { reportCommand, resultsCommand } from './results';
import { demoCommand, runCommand } from './run';
import { serveCommand, tokenCommand } from './serve';
import { setupCommand } from './setup';
import { startCommand } from './start';
import { validateCommand } from './validate';
import { workerCommand } from './worker';

/** Everything that `bolna-campaigns` can be asked for, in the order in which a person needs it. */
export function programOf(version: string): Command {
  const program = new Command('bolna-campaigns')
    .description('Calling campaigns over the Bolna batch API that nothing can make call twice')
    .version(version, '--version', 'show the version')
    .showHelpAfterError('(add --help for what there is)');
  const commands = [
    ...[demoCommand(), validateCommand(), runCommand(), startCommand()],
    ...[statusCommand(), watchCommand(), listCommand(), stopCommand(), cancelCommand()],
    ...[rescheduleCommand(), maxCostCommand()],
    ...[
      resultsCommand(),
      reportCommand(),
      workerCommand(),
      serveCommand(),
      tokenCommand(),
      setupCommand(),
      doctorCommand(),
      simulatorCommand(),
    ],
  ];
  for (const command of commands) program.addCommand(command.copyInheritedSettings(program).exitOverride());
  return program.exitOverride();
}
