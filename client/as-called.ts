/** Commands of ours that sentences name. A task queue has the name of the program, too, and is not called. */
const COMMANDS = [
  ...['demo', 'validate', 'run', 'start', 'status', 'watch', 'list', 'callbacks', 'stop', 'cancel', 'reschedule'],
  ...['max-cost', 'suppress', 'results', 'report', 'worker', 'serve', 'token', 'setup', 'doctor', 'verify-api'],
  ...['simulator', 'completion'],
];
const COMMAND = new RegExp(String.raw`(?<![\w/.-]|npx )bolna-campaigns(?= (?:${COMMANDS.join('|')})(?![\w-]))`, 'g');

/**
 * What this program is called by, typed where it was typed. What npm runs for `npx` or a script is on nobody's PATH.
 * @param env by default this process's: npm says there which of its commands it carries out
 */
export function programAsCalled(env: NodeJS.ProcessEnv = process.env): string {
  return env.npm_command || env.npm_lifecycle_event ? 'npx bolna-campaigns' : 'bolna-campaigns';
}

/** A text for people with the commands in it as they can be typed here: sentences of workers and of the library know no terminal. */
export function asCalled(text: string, env: NodeJS.ProcessEnv = process.env): string {
  return text.includes('bolna-campaigns ') ? text.replace(COMMAND, programAsCalled(env)) : text;
}
