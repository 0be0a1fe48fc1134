import { printable, say } from '../run/print';
import { EXIT, UserError } from '../user-error';
import type { Preflight } from './types';
import { missingText } from './words';

/** A welcome message may be long. */
const MOST_HEARD = 300;
const ALLOW = 'give --var NAME=VALUE where one value is right for everyone, or --allow-missing to call all the same';

/** Tells a person what a preflight has found. What refuses a campaign is left to {@link refusePreflight}. */
export function tell({ warnings, notes, welcome }: Preflight): void {
  for (const text of warnings) say(`Warning: ${printable(text, Number.POSITIVE_INFINITY)}`);
  for (const text of notes) say(`Note: ${printable(text, Number.POSITIVE_INFINITY)}`);
  if (welcome.length > 0) {
    say(
      `The welcome message, as ${welcome.length === 1 ? 'the person hears it' : `the first ${welcome.length} people hear it`}:`,
    );
    for (const text of welcome) say(`  ${printable(text, MOST_HEARD)}`);
  }
}

/**
 * @param allowMissing whether missing variables are only told
 * @throws UserError where people would hear the name of a variable, or where no row has every value that it must have
 */
export function refusePreflight({ missing, used, unused, required, people }: Preflight, allowMissing: boolean): void {
  if (missing.length > 0) {
    const words = missingText(missing, [...used, ...unused], { allow: allowMissing ? undefined : ALLOW });
    const text = printable(words, Number.POSITIVE_INFINITY);
    if (!allowMissing) throw new UserError(text, EXIT.badInput);
    say(`Warning: ${text}`);
  }
  if (required && people === 0) {
    throw new UserError(
      'No row has a value in every variable that the agent uses: complete the rows, or leave --require-variables out.',
      EXIT.badInput,
    );
  }
}
