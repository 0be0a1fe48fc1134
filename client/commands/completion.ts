import type { Command } from 'commander';

const NAMES = ['completion', 'complete'];

/**
 * Adds `completion`, which prints what a shell needs to complete what is typed, and what that asks for then. Only where it is wanted, in
 * any way: its library is loaded for it.
 */
export async function addCompletion(program: Command, argv: readonly string[]): Promise<void> {
  const asked = argv[2];
  const isHelp = asked === undefined || ['help', '--help', '-h'].includes(asked);
  if (!isHelp && !NAMES.includes(asked)) return;
  const { default: addTo } = await import('@bomb.sh/tab/commander');
  addTo(program, { completionCommandName: 'completion' });
}
