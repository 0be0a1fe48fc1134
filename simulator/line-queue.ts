import type { Execution } from './model';

/** First in, first out, without the cost of `Array.shift` on ten thousand rows. Who no longer waits is passed over. */
export class LineQueue {
  #waiting: Execution[] = [];
  #head = 0;

  push(execution: Execution): void {
    this.#waiting.push(execution);
  }

  shift(): Execution | undefined {
    while (this.#head < this.#waiting.length) {
      const next = this.#waiting[this.#head++];
      if (next?.phase === 'waiting') return next;
    }
    this.#waiting = [];
    this.#head = 0;
    return undefined;
  }
}
