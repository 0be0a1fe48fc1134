import { getHeapStatistics } from 'node:v8';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { type Logger, type NativeConnection, Runtime, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities';
import type { ActivityContext } from '../activities/context';
import type { Activities } from '../activities/types';
import { workerClockWarning } from '../activities/wrong-clock';
import { RequestBudget } from '../bolna/budget';
import { BolnaClient } from '../bolna/client';
import type { RequestTold } from '../bolna/http';
import { type BolnaRules, bolnaRules } from '../bolna/start-time';
import { BolnaTime } from '../bolna/time';
import { Outside } from '../egress/outside';
import type { CampaignStorage } from '../storage/storage';
import { bolnaTaskQueue } from '../workflows/input';
import type { Account } from './accounts';
import { workflowSource } from './bundle';
import { type Config, requireAccounts } from './config';
import { versioned } from './deployment';
import { keepGauges } from './gauges';
import { logAttributes } from './log-attributes';
import { requestMetrics } from './metrics';
import { areAttributesThere } from './search-attributes';
import { type BudgetShare, keepShare, SAFE_SHARE } from './share';
import { requestSpan, stepSpans } from './spans';
import { workTogether } from './together';
import { webhooksOf } from './webhooks';

/** How long running steps may go on once a shut-down has begun; what is cut off is tried again elsewhere. */
const GRACE_MS = 20_000;
/** For a step whose request was cut off to say so, and no longer: whoever ends us may send a SIGKILL at 30 s. */
const FORCE_MS = GRACE_MS + 4_000;
/** See `campaignsInMemory`. */
const MOST_IN_MEMORY = 1_000;

/** What carries out campaigns in this process. */
export interface CampaignWorker {
  /** Those it listens on, each once. */
  taskQueues: readonly string[];
  /** Works until the promise is settled, and gives what it gives. What runs then may go on for 20 s. */
  runUntil<T>(end: Promise<T>): Promise<T>;
}

/**
 * A worker for campaigns, ready to run: one of Temporal's workers for the campaigns themselves and their files, and one for
 * each Bolna account, so that the server can hold what asks Bolna to the account's limit, over all workers there are.
 * @param storage what `config.data` names, opened
 * @param rules Bolna's rules about time; a faster simulator's in place of the hosted API's
 * @param version the deployment's version that all of them are; none where versions are not told apart
 * @throws ConfigError when there is no API key
 */
export async function createWorker(
  config: Config,
  storage: CampaignStorage,
  connection: NativeConnection,
  namespace: string,
  rules: BolnaRules = bolnaRules(),
  version?: WorkerDeploymentVersion,
): Promise<CampaignWorker> {
  const accounts = requireAccounts(config);
  const common = {
    connection,
    namespace,
    shutdownGraceTime: GRACE_MS,
    shutdownForceTime: FORCE_MS,
    // A dead worker is noticed after 20 s without a heartbeat: at the default throttle a slow moment could look like death.
    maxHeartbeatThrottleInterval: '5 seconds',
    interceptors: { activity: config.traces === undefined ? [logAttributes] : [logAttributes, stepSpans] },
    ...(version && versioned(version)),
  } satisfies Partial<WorkerOptions>;
  const outside = new Outside({ allowed: config.allowedNetworks });
  const surroundings = { storage, outside, searchable: () => areAttributesThere(connection, namespace) };
  const desks = accounts.map((account) => openDesk(account, accounts, config, surroundings, rules));
  const { interceptors, ...workflows } = workflowSource();
  const workers = [
    await Worker.create({
      ...common,
      taskQueue: config.taskQueue,
      ...workflows,
      interceptors: { ...common.interceptors, ...interceptors },
      maxCachedWorkflows: campaignsInMemory(),
      // Also what asks Bolna: campaigns begun before its accounts had queues of their own ask for it here.
      activities: desks[0]?.activities ?? {},
    }),
  ];
  for (const { taskQueue, perMinute, activities } of desks) {
    const options = { maxTaskQueueActivitiesPerSecond: (perMinute * 1000) / rules.minuteMs, activities };
    workers.push(await Worker.create({ ...common, ...options, taskQueue }));
  }
  const gauges = () =>
    keepGauges(Runtime.instance().metricMeter, { connection, namespace, taskQueue: config.taskQueue }, desks);
  return {
    taskQueues: [config.taskQueue, ...desks.map(({ taskQueue }) => taskQueue)],
    async runUntil(end) {
      const endings = desks.map((desk) => keepShare(connection, namespace, desk));
      // Where nobody reads them, nobody is asked for them.
      if (config.metrics !== undefined) endings.push(gauges());
      const closeDesks = () => Promise.all(desks.map(({ bolna }) => bolna.close()));
      let cutOff: NodeJS.Timeout | undefined;
      const grace = () => {
        // A request that still has no answer gets none: its step ends as after a lost answer, and is taken up elsewhere.
        cutOff = setTimeout(closeDesks, GRACE_MS).unref();
      };
      try {
        return await workTogether(workers, end.finally(grace), FORCE_MS);
      } finally {
        clearTimeout(cutOff);
        for (const stop of endings) stop();
        await Promise.all([closeDesks(), outside.close()]);
      }
    },
  };
}

/**
 * How many campaigns a worker keeps in its memory, at some 0.4 MB each; any other is read from its history, which is short. The SDK would
 * keep two thousand on a large machine, for campaigns that sleep for days.
 */
function campaignsInMemory(): number {
  const heapMb = getHeapStatistics().heap_size_limit / 2 ** 20;
  // The SDK's own rule, where the heap is small.
  return Math.min(MOST_IN_MEMORY, Math.max(10, Math.floor((heapMb - 200) * 0.6)));
}

/** All that works for one account. */
interface Desk extends BudgetShare {
  account: string;
  bolna: BolnaClient;
  activities: Activities;
}

function openDesk(
  account: Account,
  accounts: readonly Account[],
  config: Config,
  surroundings: Pick<ActivityContext, 'storage' | 'outside' | 'searchable'>,
  rules: BolnaRules,
): Desk {
  const { baseUrl, timeoutMs, walletUnit, leadMs, requestsPerMinute } = config.bolna;
  const perMinute = requestsPerMinute * SAFE_SHARE;
  // A simulator's minute is shorter than Bolna's.
  const budget = new RequestBudget(perMinute, rules.minuteMs);
  const count = requestMetrics(Runtime.instance().metricMeter, account.name);
  const onRequest = (told: RequestTold) => {
    count(told);
    requestSpan(told);
  };
  const { key: apiKey, keyName } = account;
  const time = new BolnaTime(Date.now, (ahead) => warnOfClock(ahead, Runtime.instance().logger));
  const bolna = new BolnaClient({ apiKey, keyName, baseUrl, timeoutMs, walletUnit, budget, onRequest, time });
  const activities = createActivities({
    bolna,
    ...surroundings,
    rules,
    leadMs,
    polling: config.polling,
    suppress: config.suppress,
    webhooks: webhooksOf(config.webhooks),
    callbackSecrets: config.callbackSecrets,
    account: account.name,
    accounts: accounts.map(({ name }) => name),
    now: () => time.now(),
    clockIsAhead: () => time.clockIsAhead,
  });
  const taskQueue = bolnaTaskQueue(config.taskQueue, account.name);
  return { account: account.name, taskQueue, perMinute, budget, bolna, activities };
}

/** @param ahead how far this machine's clock is ahead of Bolna's, in milliseconds */
export function warnOfClock(ahead: number, log: Pick<Logger, 'info' | 'warn'>): void {
  const warning = workerClockWarning(ahead);
  if (warning === undefined) log.info("This machine's clock agrees with Bolna's again.");
  else log.warn(warning);
}
