/** Markup that a browser may be given: made by {@link html}, or by code of ours that lets no text of others in. */
export class Html {
  constructor(readonly markup: string) {}
}

export type Part = Html | string | number | undefined | readonly Part[];

/**
 * A template in which every value is text. Only another {@link Html} is markup, so forgetting to escape is not possible.
 * `undefined` is nothing, a list is its parts one after another.
 */
export function html(markup: TemplateStringsArray, ...values: readonly Part[]): Html {
  return new Html(markup.map((piece, at) => piece + written(values[at])).join(''));
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.markup;
  return typeof part === 'object' ? part.map(written).join('') : escaped(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in quoted attributes. What HTML forbids (null bytes, controls) is shown as such. */
function escaped(text: string): string {
  return text.replace(/[^\P{Cc}\t\n]/gu, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
