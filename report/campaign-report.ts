import type { Readable } from 'node:stream';
import { campaignFiles } from '../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError } from '../storage/storage';
import { Executions } from './executions';
import { groupOf, wasDialled } from './outcomes';
import { readRows } from './rows';
import { Selection, type ShownRow, shownColumns } from './selection';
import { noResults, readSummary, type Summary } from './summary';
import { Tally } from './tally';
import { Timeline } from './timeline';
import { Transcripts } from './transcripts';

/** Bytes of JSON: with all else that is in the page, it stays below 5 MB. */
const ROWS_BYTES = 1_900_000;
const TRANSCRIPTS_BYTES = 2_400_000;

/** All that the page tells. Rows and transcripts are as many as it has room for; everything else is over all rows. */
export interface CampaignReport {
  summary: Summary;
  tally: Tally;
  timeline: Timeline;
  /** Names of the file's own columns, as far as they are shown. */
  columns: string[];
  rows: ShownRow[];
  transcripts: Transcripts;
  executions: { unreadable: number; missingFiles: number; files: number };
}

/** Opens a file of the storage, so that whoever made it can have it closed. */
type Open = (path: string) => Promise<Readable>;

/**
 * Reads what a campaign has left: `summary.json`, `results.csv`, and the executions if there are any. Every file is streamed;
 * what is kept of them is limited, but for some 30 bytes an execution.
 *
 * @throws ReportError when the campaign has left no results, or damaged ones
 */
export async function readCampaign(storage: CampaignStorage, campaignId: string, open: Open): Promise<CampaignReport> {
  const summary = await readSummary(storage, campaignId);
  const { results } = campaignFiles(campaignId);
  const source = await openIfThere(open, results);
  if (!source) throw noResults(campaignId, results);

  const table = await readRows(source);
  const tally = new Tally();
  const selection = new Selection(ROWS_BYTES);
  for await (const row of table.rows) {
    tally.add(row);
    selection.add(row);
  }

  const { rows } = selection;
  const rowOf = new Map(rows.map(({ executionId }, at) => [executionId, at]));
  const timeline = new Timeline();
  const transcripts = new Transcripts(TRANSCRIPTS_BYTES);
  const executions = new Executions();
  const files = executionFiles(summary);
  for await (const told of executions.read(files.map((path) => () => openIfThere(open, path)))) {
    if (!told.isRepeated && wasDialled(told.status)) timeline.add(told.at, groupOf(told.status));
    const row = told.id === '' ? undefined : rowOf.get(told.id);
    if (row !== undefined) transcripts.add(row, told.transcript, told.summary);
  }
  const { unreadable, missingFiles } = executions;
  const columns = shownColumns(table.columns);
  return {
    summary,
    tally,
    timeline,
    columns,
    rows,
    transcripts,
    executions: { unreadable, missingFiles, files: files.length },
  };
}

/** Where the executions are: nowhere, in one file, or in one for each of several batches. */
function executionFiles({ campaignId, batches, files }: Summary): string[] {
  if (!files.executions) return [];
  if (batches === undefined) return [campaignFiles(campaignId).executions];
  return Array.from({ length: batches }, (_, at) => campaignFiles(campaignId, at + 1).executions);
}

async function openIfThere(open: Open, path: string): Promise<Readable | undefined> {
  return open(path).catch((error: unknown) => {
    if (error instanceof FileNotFoundError) return undefined;
    throw error;
  });
}
