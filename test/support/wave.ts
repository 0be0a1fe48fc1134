/** What goes on side by side, because most of the time it only waits; each outcome is looked at by a test of its own. */
export class Wave<Key, Outcome> {
  private readonly outcomes = new Map<Key, Promise<Outcome>>();

  start(key: Key, outcome: Promise<Outcome>): void {
    // A failure is for the test that asks for this outcome.
    outcome.catch(() => undefined);
    this.outcomes.set(key, outcome);
  }

  /** @throws what the outcome failed with, or Error where nothing was started under this key */
  async of(key: Key): Promise<Outcome> {
    const outcome = this.outcomes.get(key);
    if (!outcome) throw new Error('Nothing was started under this key.');
    return outcome;
  }

  /** Waits until all have ended, in whatever way. */
  async end(): Promise<void> {
    await Promise.allSettled(this.outcomes.values());
  }
}
