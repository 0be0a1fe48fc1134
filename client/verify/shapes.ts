/**
 * The shape of an answer without what it says. An object and an array stay what they are; anything else is a text: its kind (`text`,
 * `integer`, `phone`, `time:offset` …), and for Bolna's own vocabulary the word (`word:created`).
 */
export type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

/** Fields that hold words of Bolna's. Sentences among them are kept without what could name anyone. */
const WORD_FIELDS = new Set(['status', 'state', 'message', 'detail', 'error', 'termination_reason']);
/** Fields whose keys and values are the account's own or a person's. Only their kind is kept. */
const PRIVATE_FIELDS = new Set([
  ...['recipient_data', 'extracted_data', 'custom_extractions', 'transfer_call_data'],
  ...['agent_prompts', 'tasks', 'tools_config', 'api_tools', 'ingest_source_config', 'agent_config', 'user_data'],
]);
/** Elements of an array that differ are kept up to this many. */
const MOST_ELEMENTS = 10;
const LONGEST_WORD = 120;
const KEY = /^[a-z][a-z0-9_-]{0,40}$/i;

/**
 * The shape of what came.
 * @param names whatever must not be repeated, such as the account's name
 */
export function shapeOf(value: unknown, names: readonly string[] = [], field = ''): Shape {
  if (Array.isArray(value)) {
    if (PRIVATE_FIELDS.has(field)) return 'array';
    return distinct(value.map((each) => shapeOf(each, names, field))).slice(0, MOST_ELEMENTS);
  }
  if (typeof value === 'object' && value !== null) {
    if (PRIVATE_FIELDS.has(field)) return 'object';
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [KEY.test(key) ? key : '<other>', shapeOf(inner, names, key)]),
    );
  }
  if (typeof value === 'string') return shapeOfText(value, field, names);
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'decimal';
  return value === null ? 'null' : typeof value;
}

function shapeOfText(text: string, field: string, names: readonly string[]): Shape {
  if (WORD_FIELDS.has(field)) return `word:${withoutNames(text, names)}`;
  return KINDS.find(([, form]) => form.test(text))?.[0] ?? timeStyle(text) ?? 'text';
}

const KINDS: readonly [kind: string, form: RegExp][] = [
  ['empty', /^\s*$/],
  ['uuid', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i],
  ['hex', /^[0-9a-f]{32}$/i],
  ['phone', /^\+\d{7,15}$/],
  ['digits', /^\d+$/],
  ['url', /^https?:\/\//],
  ['email', /^\S+@\S+$/],
];

const TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/i;

/** How a time is written: `time:offset` (+00:00), `time:zulu`, `time:india` (+05:30), `time:bare`, with `-fraction` where it has one. */
function timeStyle(text: string): string | undefined {
  const [whole, fraction, zone] = TIME.exec(text) ?? [];
  if (whole === undefined) return undefined;
  const style = zone === undefined ? 'bare' : (ZONES[zone.toUpperCase()] ?? 'other');
  return `time:${style}${fraction === undefined ? '' : '-fraction'}`;
}

const ZONES: Readonly<Record<string, string>> = { Z: 'zulu', '+00:00': 'offset', '+05:30': 'india' };

/** A sentence as it may be shown to others: times by their style, and neither addresses, digits nor the names given. */
function withoutNames(text: string, names: readonly string[]): string {
  const unnamed = names.reduce((safe, name) => safe.replaceAll(name, '<name>'), text.slice(0, 10 * LONGEST_WORD));
  return unnamed
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*/g, (time) => `<${timeStyle(time) ?? 'time'}>`)
    .replace(/https?:\/\/\S+|\S+@\S+/g, '<address>')
    .replace(/\b[0-9a-f]{8}[0-9a-f-]{24,}\b/gi, '<id>')
    .replace(/\+?\d[\d\s().-]{5,}\d/g, '<number>')
    .slice(0, LONGEST_WORD);
}

function distinct(shapes: readonly Shape[]): Shape[] {
  return [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()];
}
