import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { type Figure, median } from '../figures';
import { temporaryFolder } from '../processes';
import type { Run } from './child';
import { csvFile } from './csv';

/** A part of a section: its figures, and what was set up for them. */
export interface Part {
  setting: string;
  figures: Figure[];
}

const SIZES = [10_000, 100_000, 1_000_000];
const ROUNDS = 5;
/** What may grow: some 30 bytes for each number, once more while their table is doubled, and what the engine has not cleared away. */
const MOST_GROWTH_MB = 100;

/** Rows a second and memory of the validation, beside bare csv-parse over the same file, in turns. */
export async function validateRows({ small }: { small: boolean }): Promise<Part> {
  const sizes = small ? SIZES.slice(0, 1) : SIZES;
  const rounds = small ? 1 : ROUNDS;
  const folder = temporaryFolder();
  const figures: Figure[] = [];
  const peaks: number[] = [];
  for (const rows of sizes) {
    const { path: file } = await csvFile(folder, rows);
    const [bare, ours]: [Run[], Run[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      bare.push(await run('bare', file, folder, rows));
      ours.push(await run('validate', file, folder, rows));
    }
    rmSync(file);
    const peak = median(ours.map((one) => one.peak));
    peaks.push(peak);
    // A short run is mostly the start of the engine, of which ours has more to start.
    const goal = rows === Math.max(...SIZES) ? { least: 0.5 } : undefined;
    const of = `of ${rows.toLocaleString('en')}`;
    figures.push(
      { what: `rows ${of}, bare csv-parse`, value: rate(bare), unit: 'a second' },
      { what: `rows ${of}, validated`, value: rate(ours), unit: 'a second' },
      { what: `rows ${of}, ours to bare`, value: rate(ours) / rate(bare), unit: '', ...(goal && { goal }) },
      { what: `rows ${of}, ours to bare, by processor time`, value: busy(bare) / busy(ours), unit: '' },
      { what: `peak memory ${of}`, value: peak, unit: 'MB' },
    );
  }
  const growth = (peaks.at(-1) ?? 0) - (peaks[0] ?? 0);
  if (!small) figures.push({ what: 'growth of the peak', value: growth, unit: 'MB', goal: { most: MOST_GROWTH_MB } });
  const setting = `validation of ${sizes.map((rows) => rows.toLocaleString('en')).join(', ')} rows, ${rounds} rounds each, in turns`;
  return { setting, figures };
}

const rate = (runs: readonly Run[]): number => median(runs.map(({ rows, seconds }) => rows / seconds));
const busy = (runs: readonly Run[]): number => median(runs.map(({ processorSeconds }) => processorSeconds));

async function run(way: 'bare' | 'validate', file: string, folder: string, rows: number): Promise<Run> {
  const args = [resolve(__dirname, 'child.js'), way, file, folder];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const told: Run = JSON.parse(stdout);
  if (told.rows !== rows) throw new Error(`Of ${rows} rows ${told.rows} were seen.`);
  return told;
}
