import { find, MAX_LOAD } from './number-lines';

/** Numbers in 14 to 27 bytes each, kept as {@link NumberLines} keeps its numbers. */
export class NumberSet {
  /** 0 marks a free place: no E.164 number is 0. */
  #numbers = new Float64Array(1024);
  #size = 0;

  constructor(numbers: Iterable<number> = []) {
    for (const number of numbers) this.add(number);
  }

  get size(): number {
    return this.#size;
  }

  has(number: number): boolean {
    return this.#numbers[find(this.#numbers, number)] === number;
  }

  add(number: number): void {
    const place = find(this.#numbers, number);
    if (this.#numbers[place] === number) return;
    this.#numbers[place] = number;
    this.#size += 1;
    if (this.#size > this.#numbers.length * MAX_LOAD) this.#grow();
  }

  /** In ascending order, whatever the order they came in. */
  sorted(): Float64Array {
    return this.#numbers.filter((number) => number !== 0).sort();
  }

  #grow(): void {
    const numbers = this.#numbers;
    this.#numbers = new Float64Array(numbers.length * 2);
    for (const number of numbers) if (number !== 0) this.#numbers[find(this.#numbers, number)] = number;
  }
}
