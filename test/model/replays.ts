import type { HistoryAndWorkflowId } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { prepared } from '../support/env';

/** One worker that replays history after history as they come in: a worker for each would take most of the time. */
export class Replays {
  readonly #waiting: HistoryAndWorkflowId[] = [];
  #wake = () => {};
  #closed = false;
  readonly #results = Worker.runReplayHistories(
    { workflowBundle: { codePath: prepared('TEST_WORKFLOW_BUNDLE') } },
    this.#histories(),
  );

  /** @throws what kept it from being replayed */
  async replay(one: HistoryAndWorkflowId): Promise<void> {
    this.#waiting.push(one);
    this.#wake();
    const { value } = await this.#results.next();
    if (value?.error) throw value.error;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#results.next();
  }

  async *#histories(): AsyncGenerator<HistoryAndWorkflowId> {
    while (!this.#closed) {
      const next = this.#waiting.shift();
      if (next) yield next;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
