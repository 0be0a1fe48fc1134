import type { KeptProcess } from '../../worker/embedded/server-process';

/** Programs that run. */
const pids = new Set<number>();
// Ahead of the removal of their folders, into which they would go on writing.
process.prependListener('exit', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  }
});

/** Kills a program when this process ends, if it has not ended before. */
export function killedAtExit({ started, exited }: KeptProcess): void {
  void started.then((pid) => {
    if (pid === undefined) return;
    pids.add(pid);
    void exited.then(() => pids.delete(pid));
  });
}
