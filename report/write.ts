import { addAbortSignal, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { abandon } from '../contacts/csv-sink';
import type { CampaignStorage } from '../storage/storage';
import { readCampaign } from './campaign-report';

/** What a report came to. */
export interface WrittenReport {
  /** Size of the page, at most 5 MB. */
  bytes: number;
  /** Rows of `results.csv`, all of which are counted in the page. */
  rows: number;
  /** Rows in the page's table. */
  shownRows: number;
}

/**
 * Writes a campaign's report: one HTML page that needs nothing else, at most 5 MB for any number of rows. It is made of what the campaign has
 * left in the storage, so it can be made again at any time.
 *
 * The sink is ended when this resolves, and destroyed when it fails. Memory is limited, but for some 30 bytes a call.
 *
 * @param signal aborts the work; the error is then the signal's reason
 * @throws {@link ReportError} when the campaign has left no results (it is not over, or not in this storage), or damaged ones;
 * whatever storage and sink throw
 */
export async function writeReport(
  storage: CampaignStorage,
  campaignId: string,
  sink: Writable,
  { signal }: { signal?: AbortSignal } = {},
): Promise<WrittenReport> {
  try {
    const report = await readCampaign(storage, campaignId, async (path) => {
      signal?.throwIfAborted();
      const source = await storage.read(path);
      return signal ? addAbortSignal(signal, source) : source;
    });
    // Loaded only where a report is made: the charts take longer to load than a worker has time for at its start.
    const { pageOf } = require('./page/page') as typeof import('./page/page');
    const page = Buffer.from(pageOf(report));
    sink.end(page);
    await finished(sink, { readable: false, ...(signal && { signal }) });
    return { bytes: page.length, rows: report.tally.rows, shownRows: report.rows.length };
  } catch (error) {
    abandon([sink], error);
    throw signal?.aborted ? signal.reason : error;
  }
}
