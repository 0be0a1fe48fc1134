import { csvLine } from '../contacts/csv-line';
import { neutral } from '../contacts/formulas';
import { NUMBER_COLUMN } from '../contacts/number-column';
import type { ResultRow } from './rows';

/**
 * A contacts file of some of a campaign's rows: the number, then the columns of the contacts file that they came from, under their own
 * names, so that the agent's prompt finds its variables. Without rows it is a header alone.
 * @param columns as `readRows` gives them
 */
export async function* secondRound(
  columns: readonly string[],
  rows: AsyncIterable<Pick<ResultRow, 'contactNumber' | 'values'>>,
): AsyncGenerator<string, void, undefined> {
  yield csvLine([NUMBER_COLUMN, ...columns].map(neutral));
  for await (const { contactNumber, values } of rows)
    yield csvLine([contactNumber, ...columns.map((column) => values[column] ?? '')].map(neutral));
}
