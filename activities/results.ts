import { PassThrough, Readable } from 'node:stream';
import { marked } from '../contacts/byte-order-mark';
import type { BatchOfRows } from '../results/batches';
import { reconcile } from '../results/reconcile';
import { campaignFiles } from '../storage/campaign-files';
import type { CampaignStorage } from '../storage/storage';
import type { ActivityContext } from './context';
import { durably, whileWanted } from './durably';
import { numbersOf, readOrders, type SuppressionOrder } from './late-suppression';
import { makeReport } from './report';
import { readRecord } from './schedule-record';
import { stored } from './stored';
import { showRejected } from './suppression';
import type { BatchOfResults, CampaignFiles, ReconcileResults, Results } from './types';

/** Writes `results.csv`, a line for each row of the input, `summary.json`, and the report that is made of both. */
export function reconcileResults({ storage }: ActivityContext, ask: ReconcileResults): Promise<Results> {
  return durably({ keyMayBeMended: true }, async (attempt) => {
    const files = campaignFiles(ask.campaignId);
    const made = files.edition(ask.contacts.edition);
    const orders = await readOrders(storage, ask.campaignId);
    const sink = new PassThrough();
    const sources = {
      input: await storage.read(ask.input),
      numberColumn: ask.contacts.numberColumn,
      contacts: await storage.read(made.contacts),
      rejected: await storage.read(made.rejected),
      batches: await batchesOf(storage, ask, orders),
      suppressed: numbersOf(orders),
    };
    const written = storage.write(files.results, Readable.from(marked(whileWanted(attempt, sink))));
    const summary = await stored(reconcile(sources, sink), { sink, written });
    const { anomalies, addsUp, rows, buckets, cost, durationSeconds, retries, areRows, unsettledLines } = summary;

    const warnings: string[] = [];
    if (!addsUp)
      warnings.push(
        `The rows do not add up: ${rows} in the contacts, ${JSON.stringify(buckets)} in the results. Look at results.csv before you rely on it.`,
      );
    if (anomalies.unmatchedExecutions > 0)
      warnings.push(`${anomalies.unmatchedExecutions} executions match no row of the contacts.`);
    if (anomalies.severalExecutions > 0)
      warnings.push(`${anomalies.severalExecutions} numbers have more than one execution.`);
    if (anomalies.unreadableLines > 0) warnings.push(`${anomalies.unreadableLines} executions could not be read.`);
    if (unsettledLines.length > 0)
      warnings.push(
        `Unsettled rows${areRows ? '' : ' (lines of the file)'}: ${unsettledLines.join(', ')}${unsettledLines.length >= 100 ? ' …' : ''}.`,
      );

    const { split } = ask.contacts;
    const outcomes: Record<string, number> = { ...buckets };
    const addresses: CampaignFiles = {
      results: storage.uriOf(files.results),
      ...(ask.collected && { executions: storage.uriOf(split ? files.executionsFolder : files.executions) }),
      ...(ask.recordings &&
        (await isAny(storage, files.recordingsFolder)) && { recordings: storage.uriOf(files.recordingsFolder) }),
      rejected: storage.uriOf(files.rejected),
      summary: storage.uriOf(files.summary),
      report: storage.uriOf(files.report),
    };
    await showRejected(storage, ask.campaignId, ask.contacts.edition, areRows);
    const { total, valid, rejected, duplicates, suppressed } = ask.contacts;
    const walletEmpty = retries === 0 && wereAllWithoutMoney(outcomes) ? WALLET_EMPTY : undefined;
    const reason = ask.reason ?? walletEmpty;
    const told = {
      campaignId: ask.campaignId,
      batchId: ask.batchId ?? null,
      status: ask.status,
      ...(reason !== undefined && { reason }),
      ...(walletEmpty !== undefined && ask.status === 'completed' && { errorType: 'WalletEmpty' }),
      ...(ask.agentId !== undefined && { agentId: ask.agentId }),
      ...(ask.begunAt !== undefined && { startedAt: new Date(ask.begunAt).toISOString() }),
      endedAt: new Date().toISOString(),
      startsAt: ask.startsAt === undefined ? null : new Date(ask.startsAt).toISOString(),
      ...(split && { batches: split.batches }),
      contacts: { total, valid, rejected, duplicates, ...(suppressed !== undefined && { suppressed }) },
      outcomes,
      cost,
      durationSeconds,
      retries,
    };
    const tell = () => {
      attempt.assertWanted();
      const all = { ...told, files: addresses, notes: [...ask.notes, ...warnings] };
      return storage.write(files.summary, `${JSON.stringify(all, null, 2)}\n`);
    };
    await tell();
    const trouble = await makeReport(storage, ask.campaignId, attempt);
    if (trouble !== undefined) {
      delete addresses.report;
      warnings.push(trouble);
      await tell();
    }
    return { outcomes, cost, files: addresses, warnings, ...(walletEmpty !== undefined && { walletEmpty }) };
  });
}

async function isAny(storage: CampaignStorage, folder: string): Promise<boolean> {
  for await (const _ of storage.list(folder)) return true;
  return false;
}

const WALLET_EMPTY = 'Nobody was called: the wallet at Bolna was empty (balance-low).';
/** Rows that were not to be called, or that nobody called. */
const NO_CALL: ReadonlySet<string> = new Set(['balance-low', 'not-called', 'rejected', 'duplicate', 'suppressed']);

function wereAllWithoutMoney(outcomes: Readonly<Record<string, number>>): boolean {
  const found = Object.keys(outcomes).filter((outcome) => (outcomes[outcome] ?? 0) > 0);
  return found.includes('balance-low') && found.every((outcome) => NO_CALL.has(outcome));
}

/** The rows of each batch, with how to open what was collected of it. */
async function batchesOf(
  storage: CampaignStorage,
  ask: ReconcileResults,
  orders: readonly SuppressionOrder[],
): Promise<BatchOfRows[]> {
  const { split } = ask.contacts;
  const open = (collected: boolean, part?: number) => async () =>
    collected ? storage.read(campaignFiles(ask.campaignId, part).executions) : undefined;
  const saved = (collected: boolean, part?: number) =>
    ask.recordings && { recordings: () => ifThere(storage, collected, campaignFiles(ask.campaignId, part).recorded) };
  /** The record of starts names the only batch that may have called anybody. */
  const lacks = async (known: Omit<BatchOfResults, 'collected'>, part?: number) => {
    if (orders.length === 0 || known.otherContacts) return {};
    const { leftOut = 0 } = (await readRecord(storage, { campaignId: ask.campaignId, part })) ?? {};
    return leftOut > 0 ? { lacks: numbersOf(orders.slice(0, leftOut)) } : {};
  };
  if (!split || !ask.batches) {
    const { collected, contacts, ...known } = ask;
    const executions = open(collected);
    return [{ rows: contacts.valid, executions, ...saved(collected), ...verdictOf(known), ...(await lacks(known)) }];
  }
  const batches: BatchOfRows[] = [];
  for (const [at, { collected, ...known }] of ask.batches.entries()) {
    const part = at + 1;
    batches.push({
      rows: split.rowsPerBatch,
      executions: open(collected, part),
      ...saved(collected, part),
      ...verdictOf(known),
      ...(await lacks(known, part)),
    });
  }
  return batches;
}

/** What is known of the rows of a batch that have no execution. */
function verdictOf(known: Omit<BatchOfResults, 'collected'>) {
  const { unlisted, mayStillCall, notCalledReason, unsettledReason, stoodStill } = known;
  return { unlisted, mayStillCall, notCalledReason, unsettledReason, stoodStill };
}

/** What is written of the recordings; undefined where saving them did not come to its end. */
async function ifThere(storage: CampaignStorage, collected: boolean, path: string) {
  return collected && (await storage.size(path)) !== undefined ? storage.read(path) : undefined;
}
