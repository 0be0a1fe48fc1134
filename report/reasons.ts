import { cut } from '../contacts/cut';

/** So many different ones are told apart; whatever comes then is counted as others. */
const MOST_KINDS = 1000;
const MOST_LETTERS = 200;

/** Counts reasons in bounded memory, whatever others have written into them. */
export class Reasons {
  readonly #counts = new Map<string, number>();
  /** Rows that were counted. */
  all = 0;
  #others = 0;

  add(reason: string): void {
    this.all += 1;
    const kind = cut(reason.trim(), MOST_LETTERS) || 'no reason was given';
    const count = this.#counts.get(kind);
    if (count === undefined && this.#counts.size >= MOST_KINDS) this.#others += 1;
    else this.#counts.set(kind, (count ?? 0) + 1);
  }

  /** The most frequent ones, and how many rows have another. */
  top(most: number): { reasons: { reason: string; rows: number }[]; others: number } {
    const sorted = [...this.#counts].map(([reason, rows]) => ({ reason, rows })).sort((a, b) => b.rows - a.rows);
    const left = sorted.slice(most).reduce((sum, { rows }) => sum + rows, this.#others);
    return { reasons: sorted.slice(0, most), others: left };
  }
}
