import { Readable } from 'node:stream';
import { csvLine } from '../../contacts/csv-line';
import { columnName } from '../../contacts/header';
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
        const values = variables.map(({ value }) => value);
        const writer = new LineKeeper();
        yield Buffer.from(writer.write(header.line, [...header.cells, ...names]));
        for await (const block of blocks) {
          // Also behind a row that is too short or too long: it stays as much so.
          yield Buffer.from(block.map(({ line, cells }) => writer.write(line, [...cells, ...values])).join(''));
        }
      }
    },
  };
}

/** Writes rows on the lines they came from. */
class LineKeeper {
  #next = 1;

  write(line: number, cells: readonly string[]): string {
    const text = csvLine(cells);
    const before = '\n'.repeat(Math.max(0, line - this.#next));
    this.#next = Math.max(line, this.#next) + (text.match(/\r\n|\r|\n/g)?.length ?? 0);
    return before + text;
  }
}
