import type { Readable } from 'node:stream';
import { type Execution, isTerminal, readExecution } from './execution';
import { jsonLines } from './json-lines';

/** The executions of a campaign, one for each number, in about 1 KB each. */
export class ExecutionsByNumber {
  /** Lines that hold no execution: torn, damaged, or something else. */
  unreadableLines = 0;
  /** Numbers that more than one execution is about: a call too many, or a twin batch. */
  severalExecutions = 0;
  /** Numbers asked for whose call is another row's by now, since it is about both. */
  displaced = 0;
  readonly #byNumber = new Map<number, Execution>();
  /** How many executions a number has; one where it is not told. */
  readonly #counts = new Map<number, number>();
  /** Second choices: from a number as the row has it to the one that was dialled, where they differ. */
  readonly #aliases = new Map<number, number>();
  /** Numbers whose call may be another row's: one of a second choice has taken it, or a later look says another number. */
  readonly #lent = new Set<number>();
  #withoutNumber = 0;

  static async read(source: Readable | undefined): Promise<ExecutionsByNumber> {
    const found = new ExecutionsByNumber();
    if (source === undefined) return found;
    const byId = new Map<string, Execution>();
    let anonymous = 0;
    for await (const value of jsonLines(source)) {
      const execution = readExecution(value);
      if (execution === undefined) {
        found.unreadableLines += 1;
        continue;
      }
      // Pages shift while they are read, so that one execution may be told twice.
      const id = execution.id === '' ? `\n${++anonymous}` : execution.id;
      const earlier = byId.get(id);
      const kept = earlier === undefined ? execution : newer(earlier, execution);
      byId.set(id, kept);
      for (const look of [earlier, execution]) found.#dispute(look?.numbers[0], kept.numbers[0]);
    }
    for (const execution of byId.values()) found.#add(execution);
    return found;
  }

  /** The execution about a number, which is then taken: an execution tells the outcome of one row. */
  take(number: number): Execution | undefined {
    const key = this.#byNumber.has(number) ? number : (this.#aliases.get(number) ?? number);
    const execution = this.#byNumber.get(key);
    if (execution === undefined && this.#lent.has(number)) this.displaced += 1;
    // Another call to the number that was dialled may have taken the place of the one the alias is for.
    if (execution !== undefined && !execution.numbers.includes(number)) {
      this.displaced += 1;
      return undefined;
    }
    if (key !== number) this.#lent.add(key);
    this.#byNumber.delete(key);
    return execution;
  }

  /** Executions that nobody took. */
  get left(): number {
    let count = this.#withoutNumber;
    for (const number of this.#byNumber.keys()) count += this.#counts.get(number) ?? 1;
    return count;
  }

  /** Two looks at one execution may tell of two numbers: whoever was called, of neither can be said that nobody was. */
  #dispute(number: number | undefined, kept: number | undefined): void {
    if (number !== undefined && number !== kept) this.#lent.add(number);
  }

  #add(execution: Execution): void {
    const [number, ...others] = execution.numbers;
    if (number === undefined) {
      this.#withoutNumber += 1;
      return;
    }
    const earlier = this.#byNumber.get(number);
    this.#byNumber.set(number, earlier === undefined ? execution : moreSettled(earlier, execution));
    if (earlier !== undefined) {
      const count = this.#counts.get(number) ?? 1;
      if (count === 1) this.severalExecutions += 1;
      this.#counts.set(number, count + 1);
    }
    for (const other of others) this.#aliases.set(other, number);
  }
}

/** Of two looks at one execution, the later. A dial that either of them shows is not undone. */
function newer(a: Execution, b: Execution): Execution {
  return { ...later(a, b), undialled: a.undialled && b.undialled };
}

/** Where it is not told which look is the later one, the more settled, then the one read later. */
function later(a: Execution, b: Execution): Execution {
  if (a.changedAt > 0 && b.changedAt > 0 && a.changedAt !== b.changedAt) return b.changedAt > a.changedAt ? b : a;
  return isTerminal(a.status) && !isTerminal(b.status) ? a : b;
}

/**
 * Of two executions about one number, the more settled; of two alike, the one that may have dialled it; then the later. While one of them
 * is open, neither shows that nobody is called.
 */
function moreSettled(a: Execution, b: Execution): Execution {
  if (isTerminal(a.status) !== isTerminal(b.status)) return { ...(isTerminal(a.status) ? a : b), undialled: false };
  if (a.undialled !== b.undialled) return a.undialled ? b : a;
  return a.changedAt > b.changedAt ? a : b;
}
