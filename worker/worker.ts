import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities';
import type { Activities } from '../activities/types';
import { RequestBudget } from '../bolna/budget';
import { BolnaClient } from '../bolna/client';
import { type BolnaRules, bolnaRules } from '../bolna/start-time';
import type { CampaignStorage } from '../storage/storage';
import { bolnaTaskQueue } from '../workflows/input';
import type { Account } from './accounts';
import { workflowSource } from './bundle';
import { type Config, requireAccounts } from './config';
import { type BudgetShare, keepShare, SAFE_SHARE } from './share';

/** How long running activities may go on once a shut-down has begun; what is cut off is tried again elsewhere. */
export const SHUTDOWN_GRACE = '20 seconds';

/** What carries out campaigns in this process. */
export interface CampaignWorker {
  /** Works until the promise is settled, and gives what it gives. What runs then may go on for SHUTDOWN_GRACE. */
  runUntil<T>(end: Promise<T>): Promise<T>;
}

/**
 * A worker for campaigns, ready to run: one of Temporal's workers for the campaigns themselves and their files, and one for
 * each Bolna account, so that the server can hold what asks Bolna to the account's limit, over all workers there are.
 * @param storage what `config.data` names, opened
 * @param rules Bolna's rules about time; a faster simulator's in place of the hosted API's
 * @throws ConfigError when there is no API key
 */
export async function createWorker(
  config: Config,
  storage: CampaignStorage,
  connection: NativeConnection,
  namespace: string,
  rules: BolnaRules = bolnaRules(),
): Promise<CampaignWorker> {
  const accounts = requireAccounts(config);
  const common = {
    connection,
    namespace,
    shutdownGraceTime: SHUTDOWN_GRACE,
    // A dead worker is noticed after 20 s without a heartbeat: at the default throttle a slow moment could look like death.
    maxHeartbeatThrottleInterval: '5 seconds',
  } satisfies Partial<WorkerOptions>;
  const desks = accounts.map((account) => openDesk(account, accounts, config, storage, rules));
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: config.taskQueue,
      ...workflowSource(),
      // Also what asks Bolna: campaigns begun before its accounts had queues of their own ask for it here.
      activities: desks[0]?.activities ?? {},
    }),
  ];
  for (const { taskQueue, perMinute, activities } of desks) {
    const options = { maxTaskQueueActivitiesPerSecond: (perMinute * 1000) / rules.minuteMs, activities };
    workers.push(await Worker.create({ ...common, ...options, taskQueue }));
  }
  return {
    async runUntil(end) {
      const stopSharing = desks.map((desk) => keepShare(connection, namespace, desk));
      try {
        return await workers.reduce((until, worker) => worker.runUntil(until), end);
      } finally {
        for (const stop of stopSharing) stop();
        for (const { bolna } of desks) await bolna.close();
      }
    },
  };
}

/** All that works for one account. */
interface Desk extends BudgetShare {
  bolna: BolnaClient;
  activities: Activities;
}

function openDesk(
  account: Account,
  accounts: readonly Account[],
  config: Config,
  storage: CampaignStorage,
  rules: BolnaRules,
): Desk {
  const { baseUrl, timeoutMs, leadMs, requestsPerMinute } = config.bolna;
  const perMinute = requestsPerMinute * SAFE_SHARE;
  // A simulator's minute is shorter than Bolna's.
  const budget = new RequestBudget(perMinute, rules.minuteMs);
  const bolna = new BolnaClient({ apiKey: account.key, keyName: account.keyName, baseUrl, timeoutMs, budget });
  const activities = createActivities({
    bolna,
    storage,
    rules,
    leadMs,
    polling: config.polling,
    accounts: accounts.map(({ name }) => name),
    now: Date.now,
  });
  return { taskQueue: bolnaTaskQueue(config.taskQueue, account.name), perMinute, budget, bolna, activities };
}
