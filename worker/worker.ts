import type { NativeConnection } from '@temporalio/worker';
import { Worker } from '@temporalio/worker';
import { createActivities } from '../activities';
import { BolnaClient } from '../bolna/client';
import { type BolnaRules, bolnaRules } from '../bolna/start-time';
import { LocalStorage } from '../storage/local';
import { workflowSource } from './bundle';
import { type Config, requireApiKey } from './config';

/** How long running activities may go on once a shut-down has begun; what is cut off is tried again elsewhere. */
export const SHUTDOWN_GRACE = '20 seconds';

/**
 * A worker for campaigns, ready to `run()`.
 * @param rules Bolna's rules about time; a faster simulator's in place of the hosted API's
 * @throws ConfigError when there is no API key
 */
export async function createWorker(
  config: Config,
  connection: NativeConnection,
  namespace: string,
  rules: BolnaRules = bolnaRules(),
): Promise<Worker> {
  const { baseUrl, timeoutMs, leadMs } = config.bolna;
  const activities = createActivities({
    bolna: new BolnaClient({ apiKey: requireApiKey(config), baseUrl, timeoutMs }),
    storage: new LocalStorage(config.data),
    rules,
    leadMs,
    polling: config.polling,
    now: Date.now,
  });
  return Worker.create({
    connection,
    namespace,
    taskQueue: config.taskQueue,
    ...workflowSource(),
    activities,
    shutdownGraceTime: SHUTDOWN_GRACE,
    // A dead worker is noticed after 20 s without a heartbeat: at the default throttle a slow moment could look like death.
    maxHeartbeatThrottleInterval: '5 seconds',
  });
}
