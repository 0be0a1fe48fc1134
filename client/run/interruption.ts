import { setTimeout } from 'node:timers/promises';

/** Ctrl-C and the like, told once; a second one ends the process at once. */
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
  const onSignal = () => {
    if (signal.aborted) process.exit(130);
    controller.abort();
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
