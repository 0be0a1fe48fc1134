import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];
type Output = NodeJS.WriteStream;

/**
 * Text in a colour, where whoever reads it has a terminal that shows colours. NO_COLOR and FORCE_COLOR are heeded.
 * @param output where the text goes. Default: stderr, where talk belongs
 */
export function paint(style: Style, text: string, output: Output = process.stderr): string {
  return isColoured(output) ? styleText(style, text, { validateStream: false }) : text;
}

/** Whether colours are wanted on an output. An empty NO_COLOR says nothing, as its authors have it. */
export function isColoured(output: Output): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return !['0', 'false'].includes(FORCE_COLOR);
  return output.isTTY === true && output.hasColors();
}

/** How a campaign stands, in the colour of it. */
export function paintState(state: string, output: Output = process.stderr): string {
  return paint(STATE_STYLES[state] ?? 'cyan', state, output);
}

const STATE_STYLES: Readonly<Record<string, Style>> = {
  completed: 'green',
  failed: 'red',
  stopped: 'yellow',
  canceled: 'yellow',
  missed: 'yellow',
};
