// @ts-check
/**
 * A job for cron, systemd or Kubernetes: starts today's campaign and ends. The campaign ID comes from the date, so a job that is
 * run twice, or again because nobody knows whether it worked, starts the campaign once.
 *
 *   0 8 * * *   BOLNA_AGENT_ID=… TEMPORAL_ADDRESS=… node cron.mjs leads.csv
 */
import { readFile } from 'node:fs/promises';
import { CampaignClient, CampaignConflictError, InvalidInputError } from 'bolna-campaigns';

const [file = 'leads.csv'] = process.argv.slice(2);
const today = new Date().toLocaleDateString('sv'); // 2026-06-23, in the zone of TZ

const campaigns = await CampaignClient.connect();
try {
  const { campaignId, started } = await campaigns.start(`morning-${today}`, {
    agentId: process.env.BOLNA_AGENT_ID ?? '',
    contacts: { csv: await readFile(file, 'utf8') },
  });
  console.log(started ? `Campaign ${campaignId} is started.` : `Campaign ${campaignId} was there already.`);
} catch (error) {
  // What trying again does not mend; anything else is for the scheduler to try again.
  if (!(error instanceof CampaignConflictError || error instanceof InvalidInputError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
} finally {
  await campaigns.close();
}
