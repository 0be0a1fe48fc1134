import { z } from 'zod';
import type { Account } from './account';
import type { Batch } from './model';

const result = z.enum(['completed', 'no-answer', 'busy', 'failed', 'error']);

const newBatch = z.object({
  agentId: z.string(),
  fileName: z.string(),
  csv: z.string(),
  fromNumbers: z.array(z.string()),
  retry: z
    .object({
      maxRetries: z.number(),
      statuses: z.array(result),
      voicemail: z.boolean(),
      intervalsMinutes: z.array(z.number()),
    })
    .nullable(),
  webhookUrl: z.string().nullable(),
});

/** Everything that changes the account, as data: done by a request or a test, and done again from the journal. */
export const operationSchema = z.discriminatedUnion('op', [
  z.object({ op: z.literal('create'), request: newBatch }),
  z.object({ op: z.literal('schedule'), batchId: z.string(), scheduledAt: z.string(), bypassGuardrails: z.boolean() }),
  z.object({ op: z.literal('stop'), batchId: z.string() }),
  z.object({ op: z.literal('stop-call'), executionId: z.string() }),
  z.object({ op: z.literal('delete'), batchId: z.string() }),
  z.object({ op: z.literal('dashboard-stop'), batchId: z.string() }),
  z.object({ op: z.literal('dashboard-delete'), batchId: z.string() }),
  z.object({ op: z.literal('fail'), batchId: z.string() }),
  z.object({ op: z.literal('wallet'), amount: z.number() }),
]);

export type Operation = z.infer<typeof operationSchema>;

/** Returns the batch it was about, if any; throws ApiError where Bolna refuses, with nothing changed. */
export function applyOperation(account: Account, operation: Operation): Batch | undefined {
  switch (operation.op) {
    case 'create':
      return account.create(operation.request);
    case 'schedule':
      return account.schedule(operation.batchId, operation.scheduledAt, operation.bypassGuardrails);
    case 'stop':
      return account.stop(operation.batchId);
    case 'stop-call':
      return account.stopCall(operation.executionId);
    case 'delete':
      return account.remove(operation.batchId);
    case 'wallet':
      account.dialler.wallet = operation.amount;
      return undefined;
    default: {
      const batch = account.find(operation.batchId);
      if (operation.op === 'dashboard-stop') account.forceStop(batch);
      else if (operation.op === 'dashboard-delete') account.forceRemove(batch);
      else account.fail(batch);
      return batch;
    }
  }
}
