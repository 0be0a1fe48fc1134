import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface CsvFile {
  path: string;
  bytes: number;
  open: () => Readable;
}

/** A file of made-up people, each with a number of its own that the numbering plan allows. Only the simulator is ever given it. */
export async function csvFile(folder: string, rows: number): Promise<CsvFile> {
  const path = join(folder, `contacts-${rows}.csv`);
  function* lines(): Generator<string> {
    yield 'contact_number,customer_name,city,amount_due\n';
    for (let i = 0; i < rows; i += 1000) {
      const some = Array.from({ length: Math.min(1000, rows - i) }, (_, at) => line(i + at));
      yield some.join('');
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
  const { size } = await stat(path);
  return { path, bytes: size, open: () => createReadStream(path) };
}

function line(i: number): string {
  return `+91${9_000_000_000 + i},Person ${i},"Pune, ${i % 100}",${(i % 9999) / 100}\n`;
}
