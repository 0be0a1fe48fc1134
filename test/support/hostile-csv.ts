import fc from 'fast-check';
import { damage, damaged } from './damage';
import { typedNumber } from './typed-numbers';

const NASTY = [
  ...['"', '""', ',', ';', '\t', '\n', '\r\n', '\r', '\n\n', ' ', "'", '\\', '\u2028', '\u00a0', '\ufeff', '\u0085'],
  ...[
    '\v',
    '\f',
    '\u200b',
    'é',
    'e\u0301',
    '😀',
    '👩‍👩‍👧',
    'नमस्ते',
    'مرحبا',
    '漢字',
    '=1+1',
    '@SUM(A1)',
    '-1',
    '+1',
    '{x}',
    '%s',
    '$&',
  ],
  ...['a', 'Asha', '0', 'null', '__proto__', '\u0001', '\u001b[31m', '\u{10ffff}', '\ufffd', '\ufffe'],
];
/** Anything a cell can hold. */
export const hostileText = fc.oneof(
  { weight: 15, arbitrary: fc.constantFrom('', 'Asha', 'x', 'Pune, West', '5" pipe', 'a\nb', ' b ') },
  { weight: 20, arbitrary: fc.array(fc.constantFrom(...NASTY), { maxLength: 5 }).map((parts) => parts.join('')) },
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.replaceAll('\0', '0')) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: 195, max: 600 })
      .map((length) => `${'x'.repeat(length % 3)}${'😀'.repeat(length / 2)}`),
  },
);

const numberColumn = fc.constantFrom(
  ...['contact_number', 'contact_number', 'contact_number', ' Contact Number ', 'CONTACT-NUMBER', 'Contact  number\t'],
);
const otherColumn = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom('name', 'Name', 'city', ' due date ', 'line', 'result', 'cost', 'call_line'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '0',
      '1',
      'größe',
      '😀',
      'contact number 2',
    ),
  },
  { weight: 1, arbitrary: hostileText },
);
const header = fc
  .tuple(
    fc.uniqueArray(otherColumn, { maxLength: 4, selector: (name) => name.trim() }),
    fc.nat(4),
    numberColumn,
    fc.integer({ min: 0, max: 39 }),
    otherColumn,
  )
  .map(([others, at, number, twist, extra]) => {
    const columns = [...others.slice(0, at), ...(twist === 0 ? [] : [number]), ...others.slice(at)];
    if (twist === 1) columns.push(columns[0] ?? '');
    if (twist === 2) columns.push('');
    if (twist === 3) columns.push(extra);
    return columns;
  });

/** How a cell is written: as it is where that is possible, in quotes, or in quotes with spaces around them. */
type Style = 'bare' | 'quoted' | 'padded';
const style = fc.constantFrom<Style>('bare', 'bare', 'quoted');
const styles = fc.oneof(
  { weight: 3, arbitrary: fc.array(style, { minLength: 5, maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constant<Style[]>(['bare', 'padded', 'quoted', 'bare', 'padded']) },
);
const rowShape = fc.oneof(
  { weight: 12, arbitrary: fc.constant<number>(0) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1, 3) },
);
const blank = fc.constantFrom('', '', ' ', '\t ', '\u00a0', '""');
const row = fc.record({
  number: typedNumber,
  values: fc.array(hostileText, { minLength: 4, maxLength: 4 }),
  wider: rowShape,
  blankBefore: fc.oneof({ weight: 7, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: blank }),
});
const eol = fc.constantFrom('\n', '\r\n', '\r');

/** What was meant by a file whose bytes are as they were written. */
export interface Meant {
  /** As they were written, before any trimming. */
  columns: string[];
  /** With the line each row begins in, as an editor counts. */
  rows: { line: number; cells: string[] }[];
}

export interface HostileFile {
  bytes: Buffer;
  /** Undefined for a file that was damaged. */
  meant: Meant | undefined;
}

const delimiters = fc.constantFrom(',', ',', ',', ';', '\t', '|');

function written(text: string, how: Style, delimiter: string): { raw: string; means: string } {
  const quoted = `"${text.replaceAll('"', '""')}"`;
  if (how === 'padded') return { raw: delimiter === '\t' ? ` ${quoted}  ` : ` ${quoted}\t `, means: text };
  if (how === 'quoted' || /["\r\n]/.test(text) || text.includes(delimiter)) return { raw: quoted, means: text };
  return { raw: text, means: text.trim() };
}

/** A file as text, from a header and rows. */
const textFile = fc
  .record({
    header,
    styles,
    headerStyle: style,
    rows: fc.oneof(
      { weight: 20, arbitrary: fc.array(row, { minLength: 1, maxLength: 7 }) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    eols: fc.oneof(
      { weight: 3, arbitrary: eol.map((end) => [end]) },
      { weight: 1, arbitrary: fc.array(eol, { minLength: 2, maxLength: 5 }) },
    ),
    mark: fc.constantFrom('', '', '\ufeff'),
    endsOpen: fc.boolean(),
    delimiter: delimiters,
  })
  .map((made): { text: string; meant: Meant } => {
    // With one column there is nothing to tell it by, and a tab beside a lone name is space around it.
    const named = made.header.filter((title) => made.delimiter !== '\t' || title.trim() !== '');
    const delimiter = named.length > 1 ? made.delimiter : ',';
    let text: string = made.mark;
    let ends = 0;
    let lines = 1;
    const put = (record: string): void => {
      const end = made.eols[ends++ % made.eols.length] ?? '\n';
      text += `${record}${end}`;
      lines = 1 + (text.match(/\r\n|\n|\r/g)?.length ?? 0);
    };
    const rows: Meant['rows'] = [];
    // What else could be the delimiter stands in quotes, or it would be one as well.
    const style = (title: string) => (delimiter !== ',' && /[,;\t|]/.test(title) ? 'quoted' : made.headerStyle);
    const titles = made.header.map((title) => written(title, style(title), delimiter));
    put(titles.map(({ raw }) => raw).join(delimiter));
    const numberAt = made.header.findIndex((title) => /^\s*contact[\s_-]+number\s*$/i.test(title));
    for (const { number, values, wider, blankBefore } of made.rows) {
      if (blankBefore !== undefined) put(blankBefore.replaceAll(delimiter, ' '));
      const cells = made.header.map((_, at) => (at === numberAt ? number : (values[at % values.length] ?? '')));
      if (wider < 0) cells.pop();
      else cells.push(...values.slice(0, wider));
      const pairs = cells.map((cell, at) =>
        written(cell, made.styles[(at + rows.length) % made.styles.length] ?? 'bare', delimiter),
      );
      const line = lines;
      put(pairs.map(({ raw }) => raw).join(delimiter));
      // A line that holds nothing at all is no row, whatever it was meant to be.
      if (pairs.length === 0 || (pairs.length === 1 && pairs[0]?.means.trim() === '')) continue;
      rows.push({ line, cells: pairs.map(({ means }) => means) });
    }
    if (made.endsOpen) text = text.replace(/(\r\n|\n|\r)$/, '');
    return { text, meant: { columns: titles.map(({ means }) => means), rows } };
  });

/** A contacts file as spreadsheets, scripts, people and bad luck make them. */
export const hostileFile: fc.Arbitrary<HostileFile> = fc.noBias(
  fc.oneof(
    {
      weight: 30,
      arbitrary: fc.tuple(textFile, damage).map(([{ text, meant }, what]) => ({
        bytes: damaged(text, what),
        meant: what.kind === 'none' ? meant : undefined,
      })),
    },
    {
      weight: 1,
      arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => ({ bytes: Buffer.from(bytes), meant: undefined })),
    },
  ),
);
