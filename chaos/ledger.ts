import type { Simulator } from '../simulator/simulator';

/** What can only be seen while it happens: which starts Bolna took, and what else of the campaign it had then. */
export class Ledger {
  /** Starts taken although this batch, or another one of the same file, had one already. */
  scheduledTwice = 0;

  constructor(simulator: Simulator) {
    const scheduled = new Map<string, string>();
    simulator.onRequest((phase, { endpoint, worked, batchId }) => {
      if (phase !== 'after' || endpoint !== 'schedule' || !worked || batchId === undefined) return;
      const batch = simulator.batch(batchId);
      if (!batch) return;
      // One that was deleted before its first call is as good as never scheduled.
      const others = [...scheduled].filter(([id, fileName]) => {
        const called = simulator.dials().some((dial) => dial.batchId === id);
        return id === batchId || (fileName === batch.fileName && (called || !simulator.batch(id)?.deleted));
      });
      if (others.length > 0) this.scheduledTwice++;
      scheduled.set(batchId, batch.fileName);
    });
  }
}
