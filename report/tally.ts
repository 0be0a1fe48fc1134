import { ExactSum } from '../results/sum';
import { Durations } from './durations';
import { isPlaced, isRefused, OUTCOMES, type Outcome, outcomeOf, sharedReason } from './outcomes';
import { Reasons } from './reasons';
import type { ResultRow } from './rows';

/** What the rows with one result add up to. */
export interface OutcomeSums {
  outcome: Outcome;
  rows: number;
  /** Cents of the account's currency. */
  cost: number;
  seconds: number;
}

/** So many retries or more are one line of the table; Bolna allows 3. */
const MOST_RETRIES = 4;

/** Counts over all rows of the results, in the same memory for any number of them. */
export class Tally {
  rows = 0;
  readonly durations = new Durations();
  /** Calls by how often they were tried again; the last is for so many or more. */
  readonly retries: number[] = Array.from({ length: MOST_RETRIES + 1 }, () => 0);
  /** Why rows were never to be called. */
  readonly refused = new Reasons();
  /** Why calls did not complete. */
  readonly incomplete = new Reasons();
  readonly #sums = new Map<Outcome, { rows: number; cost: ExactSum; seconds: ExactSum }>();
  #retries = 0;

  add(row: ResultRow): void {
    const outcome = outcomeOf(row.result);
    const sums = this.#sums.get(outcome) ?? { rows: 0, cost: new ExactSum(), seconds: new ExactSum() };
    this.#sums.set(outcome, sums);
    this.rows += 1;
    sums.rows += 1;
    sums.cost.add(row.cost);
    sums.seconds.add(row.seconds);
    if (isRefused(outcome)) this.refused.add(sharedReason(row.reason));
    else if (outcome !== 'completed') this.incomplete.add(row.reason);
    if (!isPlaced(outcome)) return;
    this.durations.add(row.seconds);
    const retries = Math.floor(row.retries ?? 0);
    this.#retries += retries;
    const line = Math.min(retries, MOST_RETRIES);
    this.retries[line] = (this.retries[line] ?? 0) + 1;
  }

  /** The results that rows have, in the report's order. */
  get outcomes(): OutcomeSums[] {
    return OUTCOMES.flatMap((outcome) => {
      const sums = this.#sums.get(outcome);
      return sums ? [{ outcome, rows: sums.rows, cost: sums.cost.total, seconds: sums.seconds.total }] : [];
    });
  }

  /** Rows with these results. */
  rowsWith(wanted: (outcome: Outcome) => boolean): number {
    return this.outcomes.reduce((sum, { outcome, rows }) => (wanted(outcome) ? sum + rows : sum), 0);
  }

  /** Cents of the account's currency. */
  get cost(): number {
    return this.outcomes.reduce((sum, { cost }) => sum + cost, 0);
  }

  get seconds(): number {
    return this.outcomes.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Calls that were made again, over all rows. */
  get allRetries(): number {
    return this.#retries;
  }
}
