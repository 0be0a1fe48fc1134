import * as z from 'zod';
import { campaignFiles } from '../storage/campaign-files';
import { type CampaignStorage, FileNotFoundError, readText } from '../storage/storage';
import { ReportError } from './errors';

const summarySchema = z.object({
  campaignId: z.string(),
  batchId: z.string().nullish(),
  /** How the campaign ended. */
  status: z.string(),
  reason: z.string().optional(),
  startsAt: z.string().nullish(),
  /** Of which each has its executions in a file of its own; absent where there is one file. */
  batches: z.number().int().min(1).max(10_000).optional(),
  contacts: z.object({ total: z.number(), valid: z.number(), rejected: z.number(), duplicates: z.number() }),
  files: z.object({ results: z.string(), executions: z.string().optional(), rejected: z.string() }),
  notes: z.array(z.string()).default([]),
});

/** What `summary.json` says of a campaign, as far as the report needs it. */
export type Summary = z.infer<typeof summarySchema>;

/** @throws {@link ReportError} where there is none, or one that cannot be read */
export async function readSummary(storage: CampaignStorage, campaignId: string): Promise<Summary> {
  const path = campaignFiles(campaignId).summary;
  try {
    return summarySchema.parse(JSON.parse(await readText(storage, path)));
  } catch (cause) {
    if (cause instanceof FileNotFoundError) throw noResults(campaignId, path);
    if (!(cause instanceof SyntaxError) && !(cause instanceof z.ZodError)) throw cause;
    const message = `${path} cannot be read: it is damaged, or another program has written it.`;
    throw new ReportError('unreadable', message, { cause });
  }
}

/** @param path the file that is missing */
export function noResults(campaignId: string, path: string): ReportError {
  const message = `Campaign ${campaignId} has no results yet (there is no ${path} in the campaign storage): wait for its end, or check the ID and CAMPAIGN_DATA.`;
  return new ReportError('no-results', message);
}
