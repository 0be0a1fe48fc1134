import { addAbortSignal, PassThrough, Readable } from 'node:stream';
import { writeReport } from '../report/write';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import { type Attempt, whileWanted } from './durably';
import { stored } from './stored';

/** Far above the two minutes that a million rows with their transcripts take; a machine may have other work. */
const LONGEST_MS = 15 * 60_000;
/** Were it the report that brings a worker down, the campaign would never end. */
const MOST_ATTEMPTS = 10;

/**
 * Writes the campaign's report. It is for people and can be made again from what is there, so it never fails a step, and is given up
 * where it would hold one up.
 *
 * @returns why there is none, in words; undefined where there is
 * @throws when the attempt is not wanted any more
 */
export async function makeReport(
  storage: CampaignStorage,
  campaignId: string,
  attempt: Attempt,
): Promise<string | undefined> {
  const path = campaignFiles(campaignId).report;
  // Half of what is left: the rest is for whoever has to be told.
  const patience = AbortSignal.timeout(Math.max(0, Math.round(Math.min(LONGEST_MS, attempt.timeLeft() / 2))));
  const signal = AbortSignal.any([attempt.signal, patience]);
  try {
    if (attempt.number > MOST_ATTEMPTS) throw new Error(`writing the results took ${attempt.number} attempts`);
    const sink = addAbortSignal(signal, new PassThrough());
    await stored(
      writeReport(storage, campaignId, sink, { signal }),
      storage.write(path, Readable.from(whileWanted(attempt, sink))),
    );
    return undefined;
  } catch (error) {
    // The worker ends, was frozen, or the campaign is canceled: the step is done again by whoever goes on.
    attempt.assertWanted();
    // One from an earlier run would tell of other calls.
    await storage.delete(path).catch(() => undefined);
    const said = error instanceof Error ? error.message : String(error);
    return `There is no report (${patience.aborted ? 'it took too long' : said}). The results are complete without it; bolna-campaigns report ${campaignId} makes it.`;
  }
}
