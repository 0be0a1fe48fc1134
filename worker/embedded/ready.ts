import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';

const RETRY_MS = 25;

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
  // A gRPC channel that was refused once rests for a second before it tries again, longer than the server takes to start.
  await knock(address);
  const connection = await Connection.connect({ address, connectTimeout: 1_000, tls: false });
  try {
    await connection.withDeadline(Date.now() + 1_000, () =>
      connection.workflowService.describeNamespace({ namespace }),
    );
  } finally {
    await connection.close();
  }
}

/** Resolves when something listens there. */
function knock(address: string): Promise<void> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), host, () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
