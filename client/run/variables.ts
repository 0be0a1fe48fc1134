import { Readable } from 'node:stream';
import { csvLine } from '../../contacts/csv-line';
import { columnName } from '../../contacts/number-column';
import { type BrokenRow, RowSplitter } from '../../contacts/row-splitter';
import { readTable } from '../../contacts/table';
import type { Variable } from '../options/values';
import { UserError } from '../user-error';
import type { Recipients } from './recipients';

/**
 * The same people, each with more variables: columns that have one value in every row. Lines keep their numbers, so that
 * whatever is said of a row is found in the file that a person has.
 */
export function withVariables(recipients: Recipients, variables: readonly Variable[]): Recipients {
  if (variables.length === 0) return recipients;
  return {
    fromFile: recipients.fromFile,
    notes: () => recipients.notes(),
    async open() {
      const { header, blocks } = await readTable(await recipients.open());
      const names = variables.map(({ name }) => name);
      const taken = names.find((name) => header.cells.map(columnName).includes(columnName(name)));
      if (taken !== undefined) {
        await blocks.return(undefined);
        throw new UserError(
          `--var ${taken}: the file has a column of that name already; choose another name, or leave --var out.`,
        );
      }
      return Readable.from(lines(), { objectMode: false });

      async function* lines(): AsyncGenerator<Buffer> {
        const width = header.cells.length;
        const values = variables.map(({ value }) => value);
        const writer = new LineKeeper();
        yield Buffer.from(writer.write(header.line, [...header.cells, ...names]));
        for await (const block of blocks) {
          const lines = block.map(({ line, cells, broken }) =>
            broken ? writer.keep(line, stillBroken(broken)) : writer.write(line, withValues(cells, values, width)),
          );
          yield Buffer.from(lines.join(''));
        }
      }
    },
  };
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
