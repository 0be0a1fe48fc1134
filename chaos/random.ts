import { draw } from '../simulator/random';

/** Chance that the same seed repeats, draw by draw. */
export class Random {
  private drawn = 0;

  constructor(private readonly seed: string) {}

  /** From 0 (included) to 1 (excluded). */
  next(): number {
    return draw(this.seed, this.drawn++);
  }

  /** A whole number, both ends included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<const T>(choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next() * choices.length)] ?? choices[0];
  }
}
