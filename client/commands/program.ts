import { Command } from 'commander';
import { asCalled } from '../as-called';

/** A command as the program's help lists it, and what defines the rest of it. */
type Listed = readonly [usage: string, description: string, define: () => Command];

const change = () => require('./change') as typeof import('./change');
const halt = () => require('./halt') as typeof import('./halt');
const look = () => require('./look') as typeof import('./look');
const results = () => require('./results') as typeof import('./results');
const run = () => require('./run') as typeof import('./run');
const serve = () => require('./serve') as typeof import('./serve');

/** In the order in which a person needs them. */
const COMMANDS: readonly Listed[] = [
  [
    'demo [options]',
    'Watch the example campaign from its CSV to its results, in under a minute; nobody is called',
    () => run().demoCommand(),
  ],
  [
    'validate [options] <file>',
    'Tell what is wrong with a contacts file, row by row; sends nothing',
    () => (require('./validate') as typeof import('./validate')).validateCommand(),
  ],
  [
    'run [options]',
    'Run a calling campaign from a CSV to its results; typed again, it goes on where it was',
    () => run().runCommand(),
  ],
  [
    'start [options]',
    'Start a calling campaign on the Temporal server in use, and return; a worker carries it out',
    () => (require('./start') as typeof import('./start')).startCommand(),
  ],
  ['status [options] <id>', 'Show how a campaign stands', () => look().statusCommand()],
  [
    'watch [options] <id>',
    'Watch a campaign to its end; Ctrl-C leaves the campaign alone',
    () => look().watchCommand(),
  ],
  ['list [options]', 'List campaigns: those that run, then those that have ended', () => look().listCommand()],
  [
    'callbacks [options] <id>',
    "Show what a campaign's callback was told, or send again what it was not",
    () => look().callbacksCommand(),
  ],
  [
    'stop [options] <id>',
    'Stop a campaign: nobody else is called, calls on the line may finish',
    () => halt().stopCommand(),
  ],
  [
    'cancel [options] <id>',
    'Cancel a campaign: nobody else is called, and nothing is waited for',
    () => halt().cancelCommand(),
  ],
  [
    'reschedule [options] <id>',
    'Move the start of a campaign that has not started',
    () => change().rescheduleCommand(),
  ],
  ['max-cost [options] <id> <amount>', 'Set what the calls of a campaign may cost', () => change().maxCostCommand()],
  [
    'suppress [options] <id> [numbers...]',
    'Keep contacts of a campaign that runs from being called',
    () => change().suppressCommand(),
  ],
  ['results [options] <id>', 'Give the rows of a campaign that is over', () => results().resultsCommand()],
  [
    'report [options] <id>',
    'Make the report of a campaign that is over: one HTML page that needs no network',
    () => results().reportCommand(),
  ],
  [
    'worker [options]',
    'Run the worker that carries out campaigns, until it is told to end',
    () => (require('./worker') as typeof import('./worker')).workerCommand(),
  ],
  [
    'serve [options]',
    'Run the HTTP gateway, for upstream systems that have no Temporal SDK',
    () => serve().serveCommand(),
  ],
  [
    'token [options] <name>',
    'Make a token for the gateway: its line for the file goes to stdout, the token itself to stderr',
    () => serve().tokenCommand(),
  ],
  [
    'setup [options]',
    'Make the search attributes of campaigns on the Temporal server, by which lists show and find them',
    () => (require('./setup') as typeof import('./setup')).setupCommand(),
  ],
  [
    'doctor [options]',
    'Look at everything campaigns need: Node, Temporal, workers, storage, Bolna, the clock',
    () => (require('./doctor') as typeof import('./doctor')).doctorCommand(),
  ],
  [
    'verify-api [options]',
    'Check on your own Bolna account what campaigns assume of it; nobody is called',
    () => (require('./verify') as typeof import('./verify')).verifyCommand(),
  ],
  [
    'simulator [options]',
    'Run a stand-in for the Bolna batch API: same requests, same answers, nobody is called',
    () => (require('../../simulator/command') as typeof import('../../simulator/command')).simulatorCommand(),
  ],
];

/**
 * Everything that `bolna-campaigns` can be asked for.
 * @param typed the words of the command line. A command that is not among them is only listed: its options are not loaded. Default: all
 * are loaded
 */
export function programOf(version: string, typed?: readonly string[]): Command {
  const program = new Command('bolna-campaigns')
    .description('Calling campaigns over the Bolna batch API that nothing can make call twice')
    .version(version, '--version', 'show the version')
    .showHelpAfterError('(add --help for what there is)')
    .configureOutput({ writeOut: (text) => process.stdout.write(asCalled(text)) });
  for (const [usage, description, define] of COMMANDS) {
    const [name = '', ...rest] = usage.split(' ');
    const command = typed === undefined || typed.includes(name) ? define() : listed(name, rest.join(' '));
    program.addCommand(
      command.description(description).copyInheritedSettings(program).exitOverride().hook('preAction', keepCompiled),
    );
  }
  return program.exitOverride();
}

/** What is loaded for a help, or for a shell that completes a word, is too little to gain from it. */
function keepCompiled(): void {
  (require('../compile-cache') as typeof import('../compile-cache')).keepCompiled(process.env);
}

/** A command that is shown and not called: what follows its name in the list is all that is said of it. */
export function listed(name: string, usage: string): Command {
  return new Command(name).arguments(usage);
}
