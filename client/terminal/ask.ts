import { createInterface } from 'node:readline/promises';
import { EXIT, UserError } from '../user-error';

/** Whether there is a person to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a person for a yes, on the terminal. Anything else, and the end of the input, is a no.
 * @param otherwise says how to give the answer where there is no terminal
 * @throws UserError where nobody can be asked, or the answer is Ctrl-C
 */
export async function confirmed(question: string, otherwise: string): Promise<boolean> {
  if (!canAsk()) throw new UserError(otherwise);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const interrupted = new Promise<never>((_, reject) => {
      terminal.once('SIGINT', () => reject(new UserError('Interrupted; nothing was done.', EXIT.interrupted)));
    });
    const answer = await Promise.race([terminal.question(`${question} [y/N] `), ended, interrupted]);
    return /^\s*(y|yes)\s*$/i.test(answer);
  } finally {
    terminal.close();
  }
}
