import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { CampaignNotFoundError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { NEVER_RUNNING } from './listed-states';
import { look } from './look';
import type { NamedStorage } from './named-storage';

export interface ProgressOptions {
  /** Milliseconds between two looks. Default: 2,000. */
  intervalMs?: number;
  /** For how many milliseconds looks may fail, as they do while workers or the server are replaced. Default: 60,000. */
  patienceMs?: number;
  /** Ends the iteration, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** A campaign's progress at each change, until it has ended in Temporal. */
export async function* watch(
  client: Client,
  campaignId: string,
  { intervalMs = 2_000, patienceMs = 60_000, signal }: ProgressOptions,
  storage: NamedStorage,
): AsyncGenerator<LiveProgress, void, undefined> {
  let shown: string | undefined;
  let failingSince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await withSignal(client, signal, () => look(client, campaignId, storage)).catch((error: unknown) => {
      signal?.throwIfAborted();
      failingSince ??= performance.now();
      if (error instanceof CampaignNotFoundError || performance.now() - failingSince >= patienceMs) throw error;
      return undefined;
    });
    if (seen) {
      failingSince = undefined;
      const { progress, ended } = seen;
      const news = newsOf(progress);
      // It says its end a moment before Temporal does, and only then the result is there.
      if (news !== shown && (ended || !NEVER_RUNNING.has(progress.state))) {
        shown = news;
        yield progress;
      }
      if (ended) return;
    }
    // Rejects only when it is aborted.
    await delay(intervalMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What a person would call a change: that another look was made is none, unless it fails. */
export function newsOf({ lastLook: _, nextLook: __, attempt, ...rest }: LiveProgress): string {
  return JSON.stringify(rest.lastError === null ? rest : { ...rest, attempt });
}

/**
 * Asks Temporal until the signal is aborted, whose reason is then thrown. Nothing is left on the signal, which may be one for the
 * whole life of a process.
 */
export async function withSignal<T>(
  client: Client,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  if (!signal) return ask();
  signal.throwIfAborted();
  // The SDK listens once for each request that it makes, and never takes a listener off.
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  let end = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    end = () => {
      own.abort(signal.reason);
      // A request that the SDK has made again is none that it can cancel.
      reject(signal.reason);
    };
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    return await Promise.race([client.withAbortSignal(own.signal, ask), aborted]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}
