import { parse } from 'csv-parse/sync';
import type { Simulator } from '../simulator/simulator';
import type { CampaignResult } from '../workflows/state';

export const AGENT = '8b4b1a58-1d3c-4a7e-9f64-5a1f3a3c2b10';

/** A campaign of the check, and who is in its file. */
export interface Campaign {
  id: string;
  /** The numbers to be called, each once. */
  numbers: readonly string[];
  csv: string;
  /** Rows of the file. */
  rows: number;
}

/**
 * People of the range that is reserved for fiction, one who is there twice, and one without a number.
 * @param from which person to begin with, 0 to 99
 */
export function campaignOf(id: string, people: number, from: number): Campaign {
  const numbers = Array.from({ length: people }, (_, i) => `+120255501${String(from + i).padStart(2, '0')}`);
  const listed = [...numbers, numbers[0], 'not a number'];
  const lines = listed.map((number, i) => `${number},Person ${i + 1}`);
  return { id, numbers, csv: `contact_number,customer_name\n${lines.join('\n')}\n`, rows: listed.length };
}

/** Of the campaign's people, how often each was dialled. */
export function dialsOf({ numbers }: Campaign, simulator: Simulator): number[] {
  return numbers.map((number) => simulator.dials(number).length);
}

/** What is not as promised once a campaign has ended; empty where all is. @param results its rows, as CSV */
export function complaintsAbout(
  campaign: Campaign,
  { status, outcomes }: CampaignResult,
  results: string,
  simulator: Simulator,
): string[] {
  const { numbers, rows } = campaign;
  const notOnce = dialsOf(campaign, simulator).filter((dials) => dials !== 1).length;
  const inBuckets = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
  const written: { line: string; result: string }[] = parse(results, { columns: true });
  const lines = new Set(written.map(({ line }) => line));
  const settled = written.filter(({ result }) => !['', 'unsettled', 'not-called'].includes(result)).length;
  return [
    ...(status === 'completed' ? [] : [`it ended ${status}`]),
    ...(notOnce === 0 ? [] : [`${notOnce} of ${numbers.length} people were not dialled exactly once`]),
    ...(inBuckets === rows ? [] : [`${rows} rows went in and ${inBuckets} are in the buckets`]),
    ...(lines.size === rows && written.length === rows ? [] : [`its results have ${written.length} of ${rows} rows`]),
    ...(settled === rows ? [] : [`${rows - settled} rows have no outcome`]),
    ...(outcomes.duplicate === 1 && outcomes.rejected === 1 ? [] : ['the two rows that cannot be called are not told']),
  ];
}

/** How a campaign ended, for a person. */
export function inWords({ outcomes }: CampaignResult): string {
  return Object.entries(outcomes)
    .filter(([, count]) => count > 0)
    .map(([bucket, count]) => `${count} ${bucket}`)
    .join(', ');
}
