import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { plainDigits } from '../../contacts/digits';
import { ContactsError } from '../../contacts/errors';
import { original } from '../../contacts/formulas';
import { isDuplicateReason } from '../../contacts/judge';
import { REJECTED_COLUMNS } from '../../contacts/validate';
import { RESULT_COLUMNS } from '../../results/columns';
import { anyExecutions } from '../support/any-executions';
import { inPieces, pieceSizes } from '../support/damage';
import { fuzz, fuzzRuns, fuzzTimeout, isReplay } from '../support/fuzz';
import { hostileFile, type Meant } from '../support/hostile-csv';
import { type Refused, type Results, readElsewhere, readOurs, resultsOf, type Split, split } from '../support/sheets';
import { CALLED_BY } from '../support/typed-numbers';

const RUNS = fuzzRuns(10_000);
const NUMBER = 'contact_number';
/** Why a row is rejected that cannot be read. */
const BROKEN = /has a quote in the wrong place|holds a NUL/;

test(
  'every file is refused in one sentence, or each of its rows is told once, as another parser reads it',
  async () => {
    const seen = new Map<string, number>();
    const count = (what: string): unknown => seen.set(what, (seen.get(what) ?? 0) + 1);
    await fuzz(
      fc.asyncProperty(hostileFile, pieceSizes, anyExecutions, fc.boolean(), async (file, sizes, executions, more) => {
        const whole = await split([file.bytes]);
        const pieces = await split(inPieces(file.bytes, sizes));
        if ('refused' in whole) {
          count(codeOf(whole));
          // Which of two faults is met first may depend on the pieces; that there is one may not.
          if (!('refused' in pieces)) throw new Error('refused as a whole, accepted in pieces');
          codeOf(pieces);
          if (file.meant !== undefined) assert(faultOf(file.meant), 'refused without a fault');
          return;
        }
        count('accepted');
        assert.deepEqual(pieces, whole);
        const { contacts, rejected, summary } = whole;
        const { numberColumn, ...counted } = summary;
        const results = await resultsOf(
          { input: file.bytes, ...(numberColumn && { numberColumn }), contacts, rejected, executions },
          { mayStillCall: more },
        );
        expectEachRowOnce(whole, results);
        const { columns } = summary;
        const { meant } = file;
        if (meant !== undefined) {
          assert.equal(faultOf(meant), undefined);
          const lines = results.rows.map(({ line }) => line);
          const names = meant.columns.map(asColumn);
          assert.deepEqual([columns, lines], [names.filter(Boolean), meant.rows.map(({ line }) => line)]);
          const table = meant.rows.map(({ cells }) => cells.map(held));
          expectRows(names, results, table, (cell) => cell);
        }
        // What the values of a broken row are nobody knows, and parsers guess differently.
        const isBroken = results.rows.some(({ reason }) => BROKEN.test(reason));
        assert(meant === undefined || !isBroken);
        const elsewhere = isBroken ? undefined : readByAnother(file.bytes);
        if (elsewhere !== undefined) {
          count('read by both');
          const [header = [], ...table] = elsewhere;
          const names = header.map(asColumn);
          assert.deepEqual(columns.map(loosely), names.filter(Boolean).map(loosely));
          expectRows(names, results, table, loosely);
        }
        // What Bolna gets leaves nothing to mend; of several apostrophes before a formula, each reading takes one away.
        if (
          readOurs(contacts)
            .flat()
            .some((cell) => held(cell) !== cell)
        )
          return;
        const again = await split([Buffer.from(contacts)]);
        const allValid = { total: summary.valid, rejected: 0, duplicates: 0, columns: readOurs(contacts)[0] };
        const nothing = `${REJECTED_COLUMNS.join(',')}\n`;
        assert.deepEqual(again, { contacts, rejected: nothing, summary: { ...counted, ...allValid, notes: [] } });
      }),
      RUNS,
    );
    if (RUNS < 5_000 || isReplay()) return;
    // Files of one kind only would test nothing.
    expect(seen.get('accepted')).toBeGreaterThan(RUNS / 3);
    expect(seen.get('read by both')).toBeGreaterThan(RUNS / 4);
    const codes = ['empty', 'no-rows', 'no-valid-row', 'no-contact-number', 'duplicate-column'];
    expect([...seen.keys()]).toEqual(expect.arrayContaining([...codes, 'not-a-csv', 'not-utf8', 'broken-quote']));
  },
  fuzzTimeout(RUNS),
);

/** The code of a refusal that says what is wrong in one sentence for a person, and has let go of everything. */
function codeOf({ refused, closed }: Refused): string {
  if (!(refused instanceof ContactsError)) throw new Error('refused by another error', { cause: refused });
  const { message } = refused;
  assert(closed);
  assert.match(message, /^[A-Z][^\p{Cc}\p{Cs}\u2028\u2029]{20,700}\.$/u);
  assert.doesNotMatch(message, /undefined|\[object|NaN|Error:| {4}at /);
  // Who made the file knows whose number it is; who reads the logs must not.
  assert.doesNotMatch(message, /(\p{Nd}[\s().-]*){7}/u);
  return refused.code;
}

/** Every row of the file is in `results.csv` and in one of the two other files, with the same content. */
function expectEachRowOnce({ summary, contacts, rejected }: Split, { header, rows, summary: told }: Results): void {
  const { valid, rejected: refused, duplicates, total } = summary;
  const buckets: Record<string, number> = {};
  for (const { result } of rows) buckets[result] = (buckets[result] ?? 0) + 1;
  assert.deepEqual([valid + refused + duplicates, rows.length, told.rows, told.addsUp], [total, total, total, true]);
  assert.deepEqual({ ...told.buckets }, buckets);
  assert.deepEqual([buckets.rejected ?? 0, buckets.duplicate ?? 0], [refused, duplicates]);

  const others = summary.columns.filter((column) => column !== NUMBER);
  // Ours give way: a column of the file keeps its name.
  const ours = header.slice(0, RESULT_COLUMNS.length);
  assert.deepEqual(
    ours.map((column) => column.replace(/^(call_)+/, '')),
    RESULT_COLUMNS,
  );
  assert.deepEqual(header.slice(ours.length), others);
  assert.equal(new Set(header).size, RESULT_COLUMNS.length + others.length);
  const called = rows.filter(isCalled);
  const sent = [[NUMBER, ...others], ...called.map(({ number, values }) => [number, ...values])];
  assert.deepEqual(readOurs(contacts), sent);

  const uncalled = rows.filter((row) => !isCalled(row));
  const [titles, ...faults] = readOurs(rejected).map((cells) => cells.map(original));
  assert.deepEqual(titles, REJECTED_COLUMNS);
  assert.deepEqual(
    faults.map(([line, , , reason = '']) => [Number(line), reason, isDuplicateReason(reason)]),
    uncalled.map(({ line, reason, result }) => [line, reason, result === 'duplicate']),
  );
  faults.forEach(([, column, value = '', reason], at) => {
    assert.notEqual(reason, '');
    if (column !== '') assert(isShown(value, uncalled[at]?.number ?? ''));
  });
}

function isCalled({ result }: { result: string }): boolean {
  return result !== 'rejected' && result !== 'duplicate';
}

/** Whether a value stands in `rejected.csv` whole, or as much of it as makes sense. */
function isShown(value: string, whole: string): boolean {
  return value === whole || (value.endsWith('…') && value.length > 199 && whole.startsWith(value.slice(0, -1)));
}

/** The rows are those of a table, with the verdicts that its numbers deserve. */
function expectRows(names: string[], { rows }: Results, table: string[][], same: (cell: string) => string): void {
  assert.equal(rows.length, table.length);
  const named = names.flatMap((name, at) => (name === '' ? [] : [at]));
  const numberAt = named.indexOf(names.indexOf(NUMBER));
  const callees = new Set<string>();
  const found: unknown[] = [];
  const wanted: unknown[] = [];
  rows.forEach(({ number, result, values }, at) => {
    const cells = table[at] ?? [];
    const rest = named.map((place) => same(cells[place] ?? ''));
    const [typed = ''] = rest.splice(numberAt, 1);
    const called = isCalled({ result });
    const ragged = isRagged(cells, names);
    const known = ragged || CALLED_BY.has(typed.trim());
    // What was made by damage only the product can judge; what it calls must then be what was typed.
    const calls = known
      ? undefined
      : called && plainDigits(typed).replace(/\D/g, '').includes(number.slice(-6))
        ? number
        : undefined;
    const callee = known && !ragged ? CALLED_BY.get(typed.trim()) : calls;
    const verdict = callee === undefined ? 'rejected' : callees.has(callee) ? 'duplicate' : 'called';
    if (callee !== undefined) callees.add(callee);
    found.push([called ? 'called' : result, called ? number : same(number), values.map(same)]);
    wanted.push([known || called ? verdict : result, verdict === 'called' ? callee : typed, rest]);
  });
  assert.deepEqual(found, wanted);
}

/**
 * The file as another parser reads it, less what differs by design: lines may end in any way and also mixed, blank lines
 * are no rows. It takes a quote after spaces for a part of the value, so such a file is only compared with what was meant.
 */
function readByAnother(bytes: Buffer): string[][] | undefined {
  // Another encoding, or none.
  if (!isUtf8(bytes)) return undefined;
  const text = bytes
    .toString()
    .replace(/^\ufeff/, '')
    .replace(/\r\n?/g, '\n');
  const [byComma, ...others] = [',', ';', '\t', '|'].map((delimiter) => {
    const rows = readElsewhere(text, delimiter) ?? [];
    const header = rows.find((cells) => cells.join('').trim() !== '') ?? [];
    return header.map(asColumn).includes(NUMBER) ? { rows, columns: header.length } : undefined;
  });
  const mostColumns = others.reduce(
    (best, other) => ((other?.columns ?? 0) > (best?.columns ?? 0) ? other : best),
    undefined,
  );
  const table = (byComma ?? mostColumns)?.rows;
  if (table === undefined || table.some((cells) => cells.some((cell) => /^\s+"/.test(cell)))) return undefined;
  return table.filter((cells) => cells.length > 1 || cells[0]?.trim() !== '');
}

/** Whether a value stands where the header names no column. */
function isRagged(cells: readonly string[], names: readonly string[]): boolean {
  return cells.some((cell, at) => held(cell).trim() !== '' && !names[at]);
}

/** A cell without what only a spreadsheet needs. */
function held(cell: string): string {
  return original(cell)
    .replace(/^=["“]([^"“”]*)["”]$/, '$1')
    .replace(/^=(\+?\d{7,15})$/, '$1');
}

/** What another parser does not tell from a value, or the reader takes away: spaces around it, and the apostrophe before a formula. */
function loosely(cell: string): string {
  return held(cell.replace(/\r\n?/g, '\n').replace(/^['\s]+|\s+$/g, ''));
}

function asColumn(title: string): string {
  const name = original(title.trim()).trim();
  return /^contact(?:[\s-]+|_)number$/i.test(name) ? NUMBER : name;
}

/** Why a file as it was meant must be refused; undefined where it must not. */
function faultOf({ columns, rows }: Meant): string | undefined {
  const names = columns.map(asColumn);
  const numberAt = names.indexOf(NUMBER);
  if (numberAt < 0) return 'no number column';
  const named = names.filter(Boolean);
  if (new Set(named).size < named.length) return 'columns that cannot be told apart';
  const callable = rows.filter(({ cells }) => !isRagged(cells, names) && CALLED_BY.get((cells[numberAt] ?? '').trim()));
  return callable.length === 0 ? 'nobody to call' : undefined;
}
