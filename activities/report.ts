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
  const given = new AbortController();
  const { signal } = given;
  const giveUp = () => given.abort(new Error('it took too long'));
  // Half of what is left: the rest is for whoever has to be told.
  const patience = setTimeout(giveUp, Math.max(0, Math.min(LONGEST_MS, attempt.timeLeft() / 2)));
  attempt.signal.addEventListener('abort', giveUp);
  try {
    attempt.assertWanted();
    if (attempt.number > MOST_ATTEMPTS) throw new Error(`writing the results took ${attempt.number} attempts`);
    const sink = addAbortSignal(signal, new PassThrough());
    const page = Readable.from(whileWanted(attempt, sink));
    const made = stored(writeReport(storage, campaignId, sink, { signal }), {
      sink,
      written: storage.write(path, page),
    });
    // A storage that never answers would not hear of the signal.
    await Promise.race([made, whenAborted(signal)]);
    return undefined;
  } catch (error) {
    // The worker ends, was frozen, or the campaign is canceled: the step is done again by whoever goes on.
    attempt.assertWanted();
    // One from an earlier run would tell of other calls.
    await storage.delete(path).catch(() => undefined);
    const why = error instanceof Error ? error.message : String(error);
    return `There is no report (${why}). The results are complete without it; GET /campaigns/${campaignId}/report or bolna-campaigns report ${campaignId} makes it.`;
  } finally {
    clearTimeout(patience);
    attempt.signal.removeEventListener('abort', giveUp);
  }
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}
