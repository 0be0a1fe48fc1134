import type { Execution } from './model';

/** Laid over the true answer; a field given as `undefined` is missing from it. */
export type Patch = Record<string, unknown> | ((shown: Record<string, unknown>) => Record<string, unknown>);

function lay(shown: Record<string, unknown>, patch: Patch | undefined): Record<string, unknown> {
  if (patch === undefined) return shown;
  return { ...shown, ...(typeof patch === 'function' ? patch(shown) : patch) };
}

/** What answers say instead of the truth. The state itself is untouched: calls go on as they would. */
export class Overrides {
  readonly #batches = new Map<string, Patch>();
  readonly #executions = new Map<string, Patch>();

  setBatch(batchId: string, patch: Patch | null): void {
    if (patch === null) this.#batches.delete(batchId);
    else this.#batches.set(batchId, patch);
  }

  setExecutions(batchId: string, patch: Patch | null): void {
    if (patch === null) this.#executions.delete(batchId);
    else this.#executions.set(batchId, patch);
  }

  batch(batchId: string, shown: Record<string, unknown>): Record<string, unknown> {
    return lay(shown, this.#batches.get(batchId));
  }

  execution(execution: Execution, shown: Record<string, unknown>): Record<string, unknown> {
    return lay(shown, this.#executions.get(execution.batch.id));
  }
}
