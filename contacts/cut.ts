/** The beginning of a text, in at most `max` UTF-16 units and never in half a character, and a mark where something is left out. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max).replace(/[\ud800-\udbff]$/, '')}…` : text;
}
