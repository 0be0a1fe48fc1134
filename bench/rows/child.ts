import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse';
import { validateContacts } from '../../contacts/validate';

/** What one run over a file took. */
export interface Run {
  rows: number;
  seconds: number;
  /** Seconds of all threads of the process, which other programs on the machine hardly change. */
  processorSeconds: number;
  /** Megabytes that the process held at most. */
  peak: number;
}

const WAYS: Record<string, (file: string, folder: string) => Promise<number>> = { bare, validate };

/** Nothing but csv-parse, as its documentation shows it. */
async function bare(file: string): Promise<number> {
  let rows = -1;
  for await (const _ of createReadStream(file).pipe(parse())) rows += 1;
  return rows;
}

async function validate(file: string, folder: string): Promise<number> {
  const [contacts, rejected] = ['contacts.csv', 'rejected.csv'].map((name) => createWriteStream(join(folder, name)));
  if (!contacts || !rejected) throw new Error('There is nowhere to write to.');
  const { valid } = await validateContacts(createReadStream(file), { contacts, rejected });
  return valid;
}

/** `node child.js <way> <file> <folder to write to>`: goes through the file once, and prints what that took. */
async function main([way = '', file = '', folder = '']: string[]): Promise<void> {
  const run = WAYS[way];
  if (!run) throw new Error(`There is no way "${way}".`);
  const [begun, used] = [performance.now(), process.cpuUsage()];
  const rows = await run(file, folder);
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - begun) / 1000;
  const peak = process.resourceUsage().maxRSS / 1000;
  const told: Run = { rows, seconds, processorSeconds: (user + system) / 1e6, peak };
  console.log(JSON.stringify(told));
}

void main(process.argv.slice(2));
