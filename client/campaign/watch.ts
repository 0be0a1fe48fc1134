import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { CampaignNotFoundError } from '../errors';
import type { LiveProgress } from '../live-progress';
import { NEVER_RUNNING } from './listed-states';
import { look } from './look';

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
): AsyncGenerator<LiveProgress, void, undefined> {
  let shown: string | undefined;
  let failingSince: number | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const seen = await withSignal(client, signal, () => look(client, campaignId)).catch((error: unknown) => {
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

/** Asks Temporal until the signal is aborted, whose reason is then thrown. */
export async function withSignal<T>(
  client: Client,
  signal: AbortSignal | undefined,
  ask: () => Promise<T>,
): Promise<T> {
  if (!signal) return ask();
  signal.throwIfAborted();
  try {
    return await client.withAbortSignal(signal, ask);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
