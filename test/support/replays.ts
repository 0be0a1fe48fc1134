import type { HistoryAndWorkflowId } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { prepared } from './env';

/** One worker that replays history after history as they come in: a worker for each would take most of the time. */
export class Replays {
  readonly #waiting: HistoryAndWorkflowId[] = [];
  #wake = () => {};
  #closed = false;
  #results: ReturnType<typeof Worker.runReplayHistories> | undefined;

  /** @throws the reason why the history does not replay */
  async replay(one: HistoryAndWorkflowId): Promise<void> {
    this.#results ??= Worker.runReplayHistories(
      { workflowBundle: { codePath: prepared('TEST_WORKFLOW_BUNDLE') } },
      this.#histories(),
    );
    this.#waiting.push(one);
    this.#wake();
    const { value } = await this.#results.next();
    if (value?.error) throw value.error;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#results?.next();
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
