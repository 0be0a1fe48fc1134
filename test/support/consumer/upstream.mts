import { CampaignClient, CampaignConflictError, type CampaignInput, type LiveProgress } from 'bolna-campaigns';

/** An upstream system that knows nothing of this project but its package: compiled and run by package.test.ts. */

const [id = '', agentId = ''] = process.argv.slice(2);
const input: CampaignInput = {
  agentId,
  contacts: { csv: 'contact_number,name\n+919876543210,Asha\n+12025550101,Ben\n' },
};
const campaigns = await CampaignClient.connect();
const { started } = await campaigns.start(id, input);
const again = await campaigns.start(id, input);
const conflict = await campaigns
  .start(id, { ...input, maxRowsPerBatch: 1 })
  .catch((error: unknown) => (error instanceof CampaignConflictError ? error.differs : error));
let last: LiveProgress | undefined;
for await (const progress of campaigns.progress(id, { intervalMs: 100 })) last = progress;
const rows: [number, string, string | undefined][] = [];
for await (const { line, result, values } of campaigns.results(id)) rows.push([line, result, values.name]);
const listed: string[] = [];
for await (const { campaignId, state } of campaigns.list({ limit: 1 })) listed.push(campaignId, state);
const { status } = await campaigns.result(id);
await campaigns.close();

// @ts-expect-error: an agent is named by a text
const wrong: CampaignInput = { ...input, agentId: 1 };
console.log(
  JSON.stringify({ started, again: again.started, conflict, state: last?.state, rows, listed, status, wrong }),
);
