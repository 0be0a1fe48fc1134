import { defaultPayloadConverter, type MetricMeter } from '@temporalio/common';
import type { NativeConnection } from '@temporalio/worker';
import type { BolnaClient } from '../bolna/client';
import { ATTRIBUTES } from '../workflows/attributes';
import type { CampaignStage } from '../workflows/state';
import { areAttributesThere } from './search-attributes';

const COUNT_EVERY_MS = 60_000;
/** A request of an account's budget, so less often. */
const WALLET_EVERY_MS = 5 * 60_000;
/** ExecutionStatus of Temporal's lists, and the name of the state here. */
const STATES: Readonly<Record<string, string>> = {
  Running: 'running',
  Completed: 'completed',
  Failed: 'failed',
  Canceled: 'canceled',
  Terminated: 'terminated',
  TimedOut: 'timed-out',
};

/** Those of campaigns whose file was read, and that have not ended. */
const STAGES: readonly CampaignStage[] = ['creating', 'scheduling', 'waiting', 'running', 'halting', 'collecting'];

/** Where campaigns are counted. */
export interface CountedCampaigns {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
}

/** An account whose wallet is looked at. */
export interface Purse {
  account: string;
  bolna: Pick<BolnaClient, 'account'>;
}

/**
 * Tells how many campaigns there are by state, and what is in the wallets. Every worker tells the same of all campaigns, so that no
 * single one has to live: whoever reads takes the largest.
 * @returns ends it
 */
export function keepGauges(meter: MetricMeter, campaigns: CountedCampaigns, purses: readonly Purse[]): () => void {
  const states = meter.createGauge('campaigns', 'int', 'campaign', 'Campaigns that Temporal knows, by state.');
  const stages = meter.createGauge(
    'campaigns_under_way',
    'int',
    'campaign',
    'Campaigns that have not ended, by stage.',
  );
  const wallets = meter.createGauge(
    'bolna_wallet',
    'float',
    undefined,
    "What is in an account's wallet, in units of its currency; BOLNA_WALLET_UNIT says what Bolna's number is in.",
  );
  const counted = meter.createGauge(
    'campaigns_counted_timestamp_seconds',
    'int',
    's',
    'When Temporal last said how many campaigns there are, in seconds since the epoch.',
  );
  const ends = [
    repeatedly(COUNT_EVERY_MS, async () => {
      for (const [state, count] of await countByState(campaigns)) states.set(count, { state });
      for (const [stage, count] of await countByStage(campaigns)) stages.set(count, { stage });
      counted.set(Math.floor(Date.now() / 1000));
    }),
    ...purses.map(({ account, bolna }) =>
      repeatedly(WALLET_EVERY_MS, async () => {
        const { wallet } = await bolna.account();
        if (wallet) wallets.set(wallet.amount, { account });
      }),
    ),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** A look that fails leaves what was seen last: requests that fail are counted by themselves. */
function repeatedly(everyMs: number, look: () => Promise<void>): () => void {
  const once = () => void look().catch(() => undefined);
  once();
  const timer = setInterval(once, everyMs);
  return () => clearInterval(timer);
}

/** None where the server does not know the attribute. */
async function countByStage(campaigns: CountedCampaigns): Promise<[CampaignStage, number][]> {
  const { connection, namespace } = campaigns;
  if (!(await areAttributesThere(connection, namespace))) return [];
  const counts = STAGES.map(async (stage): Promise<[CampaignStage, number]> => {
    const query = `${ofCampaigns(campaigns)} AND ExecutionStatus = 'Running' AND ${ATTRIBUTES.state.name} = '${stage}'`;
    const { count } = await connection.workflowService.countWorkflowExecutions({ namespace, query });
    return [stage, Number(count ?? 0)];
  });
  return Promise.all(counts);
}

async function countByState(campaigns: CountedCampaigns): Promise<Map<string, number>> {
  const { connection, namespace } = campaigns;
  const query = `${ofCampaigns(campaigns)} GROUP BY ExecutionStatus`;
  const { groups } = await connection.workflowService.countWorkflowExecutions({ namespace, query });
  // A state without campaigns has no group.
  const counts = new Map(Object.values(STATES).map((state) => [state, 0]));
  for (const { groupValues, count } of groups ?? []) {
    const [value] = groupValues ?? [];
    const state = value && STATES[defaultPayloadConverter.fromPayload<string>(value)];
    if (state) counts.set(state, Number(count ?? 0));
  }
  return counts;
}

function ofCampaigns({ taskQueue }: CountedCampaigns): string {
  return `WorkflowType = 'campaignWorkflow' AND TaskQueue = '${taskQueue.replaceAll("'", "''")}'`;
}
