import { Readable } from 'node:stream';
import { csvLine } from '../../contacts/csv-line';
import { heldText } from '../../contacts/formulas';
import { columnName, NUMBER_COLUMN } from '../../contacts/number-column';
import { type BrokenRow, RowSplitter, type TableRow } from '../../contacts/row-splitter';
import { readTable } from '../../contacts/table';
import type { Variable } from '../options/values';
import { UserError } from '../user-error';
import type { Recipients } from './recipients';

/**
 * The same people, each with more variables: columns that have one value in every row. Lines keep their numbers, so that
 * whatever is said of a row is found in the file that a person has. A column that the file has already must hold that value everywhere.
 */
export function withVariables(recipients: Recipients, variables: readonly Variable[]): Recipients {
  if (variables.length === 0) return recipients;
  return {
    fromFile: recipients.fromFile,
    notes: () => recipients.notes(),
    async open() {
      const { header, blocks } = await readTable(await recipients.open());
      const columns = header.cells.map(columnName);
      if (variables.some(({ name }) => columnName(name) === NUMBER_COLUMN)) {
        await blocks.return(undefined);
        throw new UserError(`--var ${NUMBER_COLUMN}: that is the column of the numbers; choose another name.`);
      }
      const known = variables.flatMap(({ name, value }) => {
        const at = columns.indexOf(columnName(name));
        return at < 0 ? [] : [{ name, value, at }];
      });
      const added = variables.filter(({ name }) => !columns.includes(columnName(name)));
      return Readable.from(lines(), { objectMode: false });

      async function* lines(): AsyncGenerator<Buffer> {
        const width = header.cells.length;
        const values = added.map(({ value }) => value);
        const writer = new LineKeeper();
        yield Buffer.from(writer.write(header.line, [...header.cells, ...added.map(({ name }) => name)]));
        for await (const block of blocks) {
          const lines = block.map((row) => {
            if (row.broken) return writer.keep(row.line, stillBroken(row.broken));
            refuseOtherValue(row, known);
            return writer.write(row.line, withValues(row.cells, values, width));
          });
          yield Buffer.from(lines.join(''));
        }
      }
    },
  };
}

/** The file of a second round has the columns that were added in the first, and the same flags go with it. */
function refuseOtherValue({ line, cells }: TableRow, known: readonly (Variable & { at: number })[]): void {
  const other = known.find(({ at, value }) => heldText((cells[at] ?? '').trim()) !== value.trim());
  if (!other) return;
  throw new UserError(
    `--var ${other.name}: the file has a column of that name, with another value in line ${line}. Choose another name, or leave --var ${other.name} out.`,
  );
}

/** The values stand in their own columns, also where a row lacks its last cells; one that is too long stays as much so. */
function withValues(cells: readonly string[], values: readonly string[], width: number): string[] {
  const missing = Array<string>(Math.max(0, width - cells.length)).fill('');
  return [...cells.slice(0, width), ...missing, ...values, ...cells.slice(width)];
}

/** The line of a row that cannot be read. It must not become one that can, where the file has other delimiters than what is made of it. */
function stillBroken({ text }: BrokenRow): string {
  const [row] = new RowSplitter().split(text, true);
  return `${row?.broken ? text : text.replaceAll(',', ';')}\n`;
}

/** Writes rows on the lines they came from. */
class LineKeeper {
  #next = 1;

  write(line: number, cells: readonly string[]): string {
    return this.keep(line, csvLine(cells));
  }

  /** @param text of a row, with its line's end */
  keep(line: number, text: string): string {
    const before = '\n'.repeat(Math.max(0, line - this.#next));
    this.#next = Math.max(line, this.#next) + (text.match(/\r\n|\r|\n/g)?.length ?? 0);
    return before + text;
  }
}
