const PARTS = 1_000_000;

/** A sum of decimals that does not drift, exact to a millionth: 0.1 + 0.2 is 0.3. */
export class ExactSum {
  #parts = 0n;

  add(value: number | undefined): void {
    if (value !== undefined) this.#parts += BigInt(Math.round(value * PARTS));
  }

  get total(): number {
    return Number(this.#parts) / PARTS;
  }
}
