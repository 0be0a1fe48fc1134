/** Never more than this share full, so that a look-up stays a few steps. */
export const MAX_LOAD = 0.6;

/**
 * Remembers the line of each number in 20 to 40 bytes of typed arrays, where a Map of a million numbers takes over 100 MB
 * while it grows. Open addressing with linear probing; nothing is ever removed.
 */
export class NumberLines {
  /** 0 marks a free place: no E.164 number is 0. A double holds its 15 digits exactly. */
  #numbers = new Float64Array(1024);
  #lines = new Float64Array(1024);
  #size = 0;

  /** Keeps the line of a number not seen before; else changes nothing and gives the line it was first seen on. */
  add(number: number, line: number): number | undefined {
    const place = find(this.#numbers, number);
    if (this.#numbers[place] === number) return this.#lines[place];
    this.#numbers[place] = number;
    this.#lines[place] = line;
    this.#size += 1;
    if (this.#size > this.#numbers.length * MAX_LOAD) this.#grow();
    return undefined;
  }

  #grow(): void {
    const [numbers, lines] = [this.#numbers, this.#lines];
    this.#numbers = new Float64Array(numbers.length * 2);
    this.#lines = new Float64Array(numbers.length * 2);
    numbers.forEach((number, from) => {
      if (number === 0) return;
      const place = find(this.#numbers, number);
      this.#numbers[place] = number;
      this.#lines[place] = lines[from] ?? 0;
    });
  }
}

/** Where the number stands, or the free place where it would. */
export function find(numbers: Float64Array, number: number): number {
  const mask = numbers.length - 1;
  // Numbers of one campaign often follow one another; multiplying both halves spreads them over the table.
  const high = Math.floor(number / 0x1_0000_0000);
  const mixed = Math.imul(number - high * 0x1_0000_0000, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b);
  let place = ((mixed >>> 15) ^ mixed) & mask;
  while (numbers[place] !== 0 && numbers[place] !== number) place = (place + 1) & mask;
  return place;
}
