import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';

const FIRST_NUMBER = 919_000_000_000;
const ROWS_AT_ONCE = 10_000;

/** Writes contacts as a campaign gets them: made up, valid, each number once, and a value that needs its quotes. */
export async function writeContacts(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path);
  file.write('contact_number,customer_name,city,amount_due\n');
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, rows - first);
    const text = Array.from({ length: count }, (_, i) => rowOf(first + i)).join('');
    if (!file.write(text)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
}

function rowOf(i: number): string {
  return `+${FIRST_NUMBER + i},Person ${i},"Pune, ${i % 100}",${(i % 9999) / 100}\n`;
}
