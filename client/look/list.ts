import { readConfig } from '../../worker/config';
import { areAttributesThere } from '../../worker/search-attributes';
import type { ListedCampaign } from '../campaign/list';
import type { ListedState } from '../campaign/listed-states';
import { printable, say, table } from '../run/print';
import { reachServer } from '../server/reach';
import { countWorkers, noWorkerAdvice } from '../server/workers';
import { printJson } from '../terminal/json';
import { paintState } from '../terminal/paint';
import { EXIT, type ExitCode } from '../user-error';

export interface ListFlags {
  state?: ListedState;
  agent?: string;
  since?: Date;
  attention?: boolean;
  limit: number;
  json?: boolean;
}

const HEAD = ['campaign', 'state', 'attention', 'done', 'rows', 'cost', 'started (UTC)', 'calls from (UTC)', 'agent'];
const STATE_COLUMN = 1;
/** An ID that is cut cannot be copied. */
const LONGEST_ID = 120;
const MOST = 1_000;

/** Lists campaigns: those that run, then those that have ended, the latest first. */
export async function list({ limit, json = false, ...asked }: ListFlags): Promise<ExitCode> {
  const server = await reachServer(readConfig(process.env));
  try {
    const rows: string[][] = [];
    // Nobody will come and answer.
    const progress = !server.brief || (await countWorkers(server)) > 0;
    let more = false;
    let unanswered = false;
    // One more than is shown, to know whether there are more.
    for await (const { cursor: _, ...campaign } of server.campaigns.list({ ...asked, progress, limit: limit + 1 })) {
      more = rows.length === limit;
      if (more) break;
      unanswered ||= campaign.progress === null;
      rows.push(rowOf(campaign));
      if (campaign.warning !== null) say(`Campaign ${campaign.campaignId}: ${printable(campaign.warning, MOST)}`);
      if (json) printJson(campaign);
    }
    if (!json && rows.length > 0) {
      const style = (cell: string, column: number) =>
        column === STATE_COLUMN ? paintState(cell, process.stdout) : cell;
      process.stdout.write(`${table(HEAD, rows, { style, longest: LONGEST_ID })}\n`);
    }
    const all = [asked.state, asked.agent, asked.since, asked.attention].every((wish) => wish === undefined);
    if (rows.length === 0) say(all ? 'There are no campaigns yet.' : 'No campaign is like that.');
    if (asked.attention && !(await areAttributesThere(server.client.connection, server.namespace)))
      say('Of campaigns that have ended this server is told nothing: run "bolna-campaigns setup".');
    if (more) say(`There are more: show them with --limit ${limit * 2}.`);
    if (unanswered) say(noWorkerAdvice(server));
    return EXIT.completed;
  } finally {
    await server.close();
  }
}

function rowOf({
  campaignId,
  state,
  needsAttention,
  progress,
  startedAt,
  agentId,
}: Omit<ListedCampaign, 'cursor'>): string[] {
  const { settled = 0, contacts, cost, startsAt = null } = progress ?? {};
  return [
    campaignId,
    state,
    needsAttention ?? '',
    contacts ? `${settled} of ${contacts.valid}` : '',
    contacts ? String(contacts.total) : '',
    cost === undefined || cost === null ? '' : (cost / 100).toFixed(2),
    minute(startedAt),
    startsAt === null ? '' : minute(startsAt),
    agentId ?? '',
  ];
}

function minute(at: string): string {
  return at.slice(0, 16).replace('T', ' ');
}
