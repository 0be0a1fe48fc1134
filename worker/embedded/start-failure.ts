import { join } from 'node:path';
import { DiskFullError, type EmbeddedServerError, ServerStartError } from './errors';
import type { ServerExit } from './server-process';

const LINES_SHOWN = 5;
const LONGEST_LINE = 300;

/** How a server ended without being asked to; `silent` when it ran but never answered and was stopped for that. */
export interface ServerEnd extends ServerExit {
  silent: boolean;
}

/** True when somebody else was quicker to take a port. */
export function isPortClash(end: ServerExit): boolean {
  return /address already in use/i.test(end.output);
}

/** The sentence for a server that ended, or never answered, from the last of what it printed. */
export function explainServerEnd(home: string, end: ServerEnd): EmbeddedServerError {
  const lines = lastLines(end.output);
  if (/database or disk is full|no space left on device/i.test(end.output)) return new DiskFullError(home);
  if (/file is not a database|database disk image is malformed/i.test(end.output)) {
    return new ServerStartError(
      `${join(home, 'temporal.db')} is damaged and the Temporal server cannot read it; restore it from a copy, or move it away to begin with an empty one`,
      lines,
    );
  }
  const log = join(home, 'temporal.log');
  if (end.silent) return new ServerStartError(`The Temporal server did not answer in time; its log is ${log}`, lines);
  const how = end.signal === null ? `with code ${end.code ?? 'unknown'}` : `by ${end.signal}`;
  const said = lines.length === 0 ? '' : `, saying: ${lines.join(' | ')}`;
  return new ServerStartError(`The Temporal server ended ${how}${said} (its log is ${log})`, lines);
}

/** What the program itself says went wrong, else whatever it said last. */
function lastLines(output: string): string[] {
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line));
  const errors = lines.filter((line) => line.startsWith('Error:'));
  return (errors.length > 0 ? errors : lines).slice(-LINES_SHOWN);
}
