import type { HistoryAndWorkflowId } from '@temporalio/client';
import { type ReplayResult, Worker } from '@temporalio/worker';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared';
import { prepared } from './env';

/** Replays histories with one worker. @param codePath of the workflow bundle */
export async function* replays(
  histories: AsyncIterable<HistoryAndWorkflowId>,
  codePath = prepared('TEST_WORKFLOW_BUNDLE'),
): AsyncGenerator<ReplayResult> {
  const { prepareStackTrace } = Error;
  for await (const result of Worker.runReplayHistories({ workflowBundle: { codePath } }, histories)) {
    // A replay runs in this thread. From then on the SDK is called at every promise of the process, for stack traces that no
    // test needs. Later suites took three to five times the CPU.
    globalHandlers.uninstall();
    // It puts back what was there when the SDK was loaded: what showed the lines of an earlier suite.
    Error.prepareStackTrace = prepareStackTrace;
    yield result;
  }
}

/** One worker that replays history after history as they come in: a worker for each would take most of the time. */
export class Replays {
  readonly #waiting: HistoryAndWorkflowId[] = [];
  #wake = () => {};
  #closed = false;
  #results: AsyncGenerator<ReplayResult> | undefined;

  /** @throws the reason why the history does not replay */
  async replay(one: HistoryAndWorkflowId): Promise<void> {
    this.#results ??= replays(this.#histories());
    this.#waiting.push(one);
    this.#wake();
    const { done, value } = await this.#results.next();
    if (done) throw new Error(`${one.workflowId} was not replayed: the replay worker has ended.`);
    if (value.error) throw value.error;
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
