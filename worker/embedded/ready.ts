import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const RETRY_MS = 50;

/**
 * Waits until the server at `address` knows the namespace, which is the last thing it gets ready.
 *
 * @param timeoutMs after which the last refusal is thrown
 * @param signal ends the wait early, quietly: the caller knows why
 */
export async function waitUntilReady(
  address: string,
  namespace: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!signal.aborted) {
    try {
      return await askOnce(address, namespace);
    } catch (error) {
      if (Date.now() >= deadline) throw error;
    }
    await delay(RETRY_MS);
  }
}

async function askOnce(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 1_000, tls: false });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}
