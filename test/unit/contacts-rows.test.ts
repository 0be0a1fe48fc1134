import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { ContactsError } from '../../contacts/errors';
import { RowSplitter, type TableRow } from '../../contacts/row-splitter';
import { fuzz, fuzzRuns, fuzzTimeout } from '../support/fuzz';

const RUNS = fuzzRuns(10_000);

interface Outcome {
  rows: TableRow[];
  refused?: string;
}

/** Where csv-parse gives up, and whether since a quote is never closed. */
interface TheirOutcome {
  rows: TableRow[];
  refused?: { line: number; never: boolean };
}

function ours(pieces: string[], delimiter = ','): Outcome {
  const splitter = new RowSplitter(delimiter);
  const rows: TableRow[] = [];
  try {
    for (const piece of pieces) rows.push(...splitter.split(piece, false));
    rows.push(...splitter.split('', true));
  } catch (error) {
    if (!(error instanceof ContactsError)) throw error;
    return { rows, refused: error.message };
  }
  return { rows };
}

/** Nothing but csv-parse, with every row's lines counted. */
function theirs(text: string, delimiter: string): TheirOutcome {
  const rows: TableRow[] = [];
  let line = 1;
  try {
    parse(text, {
      delimiter,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      trim: true,
      on_record: (cells: string[]) => {
        if (cells.length > 1 || cells[0]?.trim()) rows.push({ line, cells });
        line += 1 + cells.flatMap((cell) => cell.match(/\r\n|\n|\r/g) ?? []).length;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const never = error.message.startsWith('Quote Not Closed');
    return { rows, refused: { line, never } };
  }
  return { rows };
}

function piecesOf(text: string, sizes: number[]): string[] {
  const pieces: string[] = [];
  for (let at = 0, i = 0; at < text.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
}

// Few characters, so that all their sequences come up; most quotes in pairs, so that some texts are right.
const marks = fc.constantFrom('"', ',', '\n', '\r', '\r\n', ' ', '\t', '\u00a0', '\ufeff', '\u2028', 'a', 'é', '😀');
const value = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    ' a ',
    'é',
    '""',
    '"a,b"',
    '"a\nb"',
    '"a\r\n"',
    '"say ""a"""',
    ' "a" ',
    '\u3000a\u2003',
    '"a"\u00a0',
  ),
  marks,
);
const text = fc.oneof(
  { weight: 1, arbitrary: fc.string({ unit: marks, maxLength: 40 }) },
  {
    weight: 2,
    arbitrary: fc
      .array(fc.tuple(value, fc.constantFrom(',', ',', '\n', '\r\n', '\r', '\n\n')), { maxLength: 20 })
      .map((cells) => cells.flat().join('')),
  },
);
const delimiters = fc.constantFrom(',', ',', ';', '\t', '|');
const sizes: fc.Arbitrary<number[]> = fc.oneof(
  fc.constant<number[]>([1_000]),
  fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
);

test(
  'rows are those that csv-parse finds, on the same lines, however the text is cut; where it gives up, the row is broken or its quote never closed',
  async () => {
    let accepted = 0;
    await fuzz(
      fc.asyncProperty(text, sizes, delimiters, async (commas, cuts, delimiter) => {
        const whole = commas.replaceAll(',', delimiter);
        const found = ours(piecesOf(whole, cuts), delimiter);
        const wanted = theirs(whole, delimiter);
        if (wanted.refused === undefined) {
          accepted += 1;
          expect(found).toEqual(wanted);
        } else {
          const atOnce = ours([whole], delimiter);
          expect(atOnce.refused).toBe(found.refused);
          if (found.refused === undefined) expect(atOnce).toEqual(found);
          // csv-parse takes no space beyond ASCII behind a closing quote, unless the line ends there.
          if (/"\s*[^\S\p{ASCII}]/u.test(whole)) return;
          const { line, never } = wanted.refused;
          const before = found.rows.filter((row) => row.line < line);
          expect(before).toEqual(wanted.rows.slice(0, before.length));
          const refusedAt = Number(/line (\d+)/.exec(found.refused ?? '')?.[1]);
          if (never) expect(refusedAt).toBe(line);
          // The rows of a piece that is refused are not given out.
          else if (found.refused !== undefined) expect(refusedAt).toBeGreaterThanOrEqual(line);
          else expect(found.rows.find((row) => row.broken)?.line).toBe(line);
        }
      }),
      RUNS,
    );
    expect(accepted).toBeGreaterThan(RUNS / 4);
  },
  fuzzTimeout(RUNS),
);

const MB = 1024 * 1024;
test.each([
  ['a value', 'x'.repeat(2 * MB)],
  ['commas', ','.repeat(2 * MB)],
  ['a quoted value', `"${'x'.repeat(2 * MB)}`],
  ['lines in quotes', `"${'x\n'.repeat(MB)}`],
])('a row of %s without an end is refused when it is over 1 MB', (_what, endless) => {
  const { refused } = ours(['a\n', ...piecesOf(endless, [64 * 1024])]);
  expect(refused).toContain('The row that starts at line 2 is longer than 1 MB');
});

test('a row with spaces around its quotes does not hold up those that follow', () => {
  const splitter = new RowSplitter();
  expect(splitter.split('a, "b" \nc,d\n"e', false).map(({ cells }) => cells)).toEqual([
    ['a', 'b'],
    ['c', 'd'],
  ]);
  expect(splitter.split('"\n', true)).toEqual([{ line: 3, cells: ['e'] }]);
});
