import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { listed } from './program';

const NAMES = ['completion', 'complete'];

const EXAMPLES = `
Examples:
  $ source <(bolna-campaigns completion bash)   # in ~/.bashrc; needs the package bash-completion
  $ source <(bolna-campaigns completion zsh)   # in ~/.zshrc
  $ bolna-campaigns completion fish > ~/.config/fish/completions/bolna-campaigns.fish`;

/**
 * Adds `completion`, which prints what a shell needs to complete what is typed, and what that asks for then. The library is loaded only
 * for these; the program's help lists the command without it.
 */
export async function addCompletion(program: Command, argv: readonly string[]): Promise<void> {
  const [asked, about = ''] = argv.slice(2);
  const isHelp = asked === undefined || ['help', '--help', '-h'].includes(asked);
  if (isHelp && !(asked === 'help' && NAMES.includes(about))) {
    program.addCommand(listed('completion', '<shell>').description('Generate shell completion scripts'));
    return;
  }
  if (!isHelp && !NAMES.includes(asked)) return;
  const { default: addTo } = await import('@bomb.sh/tab/commander');
  const { commands } = addTo(program, { completionCommandName: 'completion' });
  const offerFiles = (offer: (value: string, description: string) => void) => {
    for (const file of filesLike(argv.at(-1) ?? '')) offer(file, '');
  };
  // The library completes no file names: whatever is a <file> in the help gets them here.
  for (const command of program.commands) {
    const completed = commands.get(command.name());
    for (const { flags, long } of command.options) {
      const option = completed?.options.get(long?.slice(2) ?? '');
      if (option && flags.endsWith('<file>')) option.handler = offerFiles;
    }
    const argument = completed?.arguments.get('file');
    if (argument) argument.handler = offerFiles;
  }
  program.commands.find((command) => command.name() === 'completion')?.addHelpText('after', EXAMPLES);
}

/** Files and folders whose names begin as what is typed so far; folders end with a slash. */
function filesLike(typed: string): string[] {
  const folder = typed.slice(0, typed.lastIndexOf('/') + 1);
  try {
    return readdirSync(folder || '.', { withFileTypes: true }).map(
      (entry) => `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`,
    );
  } catch {
    // There is no such folder: nothing is offered.
    return [];
  }
}
