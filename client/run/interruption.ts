import { setTimeout } from 'node:timers/promises';

/** A terminal and the program in between may both pass on the same Ctrl-C. */
const SAME_MS = 1_000;

/** Ctrl-C and the like, told once; a second one ends the process at once, which is as safe as any crash. */
export interface Interruption {
  when: Promise<'interrupted'>;
  signal: AbortSignal;
  /** Waits, but no longer than until the interruption. Milliseconds. */
  pause(ms: number): Promise<void>;
  dispose(): void;
}

export function interruption(): Interruption {
  const controller = new AbortController();
  const { signal } = controller;
  const when = new Promise<'interrupted'>((resolve) => {
    signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  let first = 0;
  const onSignal = () => {
    if (!signal.aborted) {
      first = performance.now();
      controller.abort();
    } else if (performance.now() - first > SAME_MS) process.exit(130);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const name of signals) process.on(name, onSignal);
  return {
    when,
    signal,
    async pause(ms) {
      // Rejects when it is interrupted, which here only means that the wait is over.
      await setTimeout(ms, undefined, { signal }).catch(() => undefined);
    },
    dispose() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
