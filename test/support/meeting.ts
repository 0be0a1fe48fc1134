/** Where several wait for each other, once: what the last one to come has to do is done for all of them. */
export class Meeting {
  private missing: number;
  private done: (act: Promise<void>) => void = () => undefined;
  private readonly over = new Promise<void>((resolve) => {
    this.done = resolve;
  });

  /** @param expected how many come */
  constructor(expected: number) {
    this.missing = expected;
  }

  /** Resolves once all have come, and what the last of them brought is done. */
  async join(act: () => Promise<void>): Promise<void> {
    if (--this.missing < 0) throw new Error('More have come than were expected.');
    if (this.missing === 0) this.done(act());
    await this.over;
  }

  toString(): string {
    return this.missing > 0 ? `${this.missing} are not at their moment yet` : 'all are at their moment';
  }
}
