import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NoServerNamedError, TemporalUnreachableError } from '../errors';

export interface TemporalOptions {
  /** `host:port`. Default: TEMPORAL_ADDRESS, or the rest of Temporal's environment configuration. */
  address?: string;
  /** Default: TEMPORAL_NAMESPACE and so on, or `default`. */
  namespace?: string;
  /** Milliseconds to wait for the server. Default: 10,000. */
  timeoutMs?: number;
}

/**
 * Connects to a Temporal server, and checks that the namespace exists.
 * @throws NoServerNamedError without an address: whatever server listens on Temporal's usual port may be anyone's
 * @throws TemporalUnreachableError
 */
export async function connectTemporal({ timeoutMs = 10_000, ...options }: TemporalOptions) {
  const configured = loadClientConnectConfig();
  const address = options.address ?? configured.connectionOptions.address;
  if (address === undefined) throw new NoServerNamedError();
  const namespace = options.namespace ?? configured.namespace ?? 'default';
  const deadline = Date.now() + timeoutMs;
  let connection: Connection | undefined;
  try {
    const opened = await Connection.connect({
      ...configured.connectionOptions,
      address,
      connectTimeout: timeoutMs,
    });
    connection = opened;
    await opened.withDeadline(deadline, () => opened.workflowService.describeNamespace({ namespace }));
    return { connection: opened, namespace };
  } catch (error) {
    await connection?.close();
    throw new TemporalUnreachableError(address, namespace, reasonOf(error), { cause: error });
  }
}

/** The words for people, without gRPC's code in front. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (
    text
      .replace(/^\d+ [A-Z_]+: /, '')
      .split('\n')[0]
      ?.slice(0, 200) ?? ''
  );
}
