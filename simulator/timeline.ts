interface Event {
  at: number;
  /** Events of one instant happen in the order they were planned in. */
  order: number;
  happen: () => void;
}

function sooner(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/**
 * What will happen, soonest first. Nothing moves by itself: whoever holds the clock calls `advance`, and each event
 * sees its own time as `now`, however late it is looked at.
 */
export class Timeline {
  /** Milliseconds since the epoch; never goes back. */
  now: number;
  readonly #heap: Event[] = [];
  #planned = 0;

  constructor(now: number) {
    this.now = now;
  }

  at(time: number, happen: () => void): void {
    const event = { at: Math.max(time, this.now), order: this.#planned++, happen };
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !sooner(event, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  advance(to: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= to; next = this.#heap[0]) {
      this.#removeFirst();
      this.now = next.at;
      next.happen();
    }
    this.now = Math.max(this.now, to);
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const moved = heap.pop();
    if (moved === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      let childIndex = left;
      let child = heap[left];
      const right = heap[left + 1];
      if (child === undefined) break;
      if (right !== undefined && sooner(right, child)) {
        child = right;
        childIndex = left + 1;
      }
      if (!sooner(child, moved)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = moved;
  }
}
