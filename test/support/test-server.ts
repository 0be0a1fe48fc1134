import { randomUUID } from 'node:crypto';
import type { Duration } from '@temporalio/common';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { type Logger, Runtime } from '@temporalio/worker';
import { ATTRIBUTES } from '../../workflows/attributes';
import { Crew } from './crew';
import { prepared } from './env';
import { Replays } from './replays';

/** Of the whole suite: to replay takes no server, and its worker costs as much as a short campaign. */
let replays = new Replays();
const endReplays = async () => {
  await replays.close();
  replays = new Replays();
};
/** A bench has no suite: there, each server's end is the end of its replays. */
const isSuite = typeof afterAll === 'function';
if (isSuite) afterAll(endReplays);

/** A Temporal server for a suite, with the workers that its tests share. */
export class TestServer {
  private crew: Crew | undefined;
  /** The task queue on which campaigns are started that the shared workers carry out. */
  taskQueue = newTaskQueue();
  /** Whether the scenario that ran last came to its end, and left nothing undone. */
  isSound = true;

  private constructor(readonly environment: TestWorkflowEnvironment) {}

  /** A time-skipping one. Skipping is global to a server, so its tests run one after another. */
  static async skipping(): Promise<TestServer> {
    quieten();
    const environment = await TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: prepared('TEST_SERVER_PATH') } },
    });
    // It accepts search attributes, but cannot list them.
    const types = Object.values(ATTRIBUTES).map(({ name, type }) => [
      name,
      encodeSearchAttributeIndexedValueType(type),
    ]);
    await environment.connection.operatorService.addSearchAttributes({
      namespace: 'default',
      searchAttributes: Object.fromEntries(types),
    });
    return new TestServer(environment);
  }

  /**
   * The server of the test before, or a new one where that test has failed: it can be left with its clock held, which the next is not to pay
   * for. For suites in which a failure is likely to do so.
   */
  static async skippingAfter(before: TestServer | undefined): Promise<TestServer> {
    if (before?.isSound) return before;
    await before?.teardown();
    return TestServer.skipping();
  }

  /** A real one on the real clock, for what the time-skipping one does not know or mishandles; bring a fast simulator. */
  static async real(extraArgs: string[] = []): Promise<TestServer> {
    quieten();
    const environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path: prepared('TEST_CLI_PATH') },
        extraArgs,
        searchAttributes: Object.values(ATTRIBUTES),
        log: { format: 'text', level: 'error' },
      },
    });
    return new TestServer(environment);
  }

  get client() {
    return this.environment.client;
  }

  get connection() {
    return this.environment.connection;
  }

  get nativeConnection() {
    return this.environment.nativeConnection;
  }

  get address(): string {
    return this.environment.address;
  }

  get supportsTimeSkipping(): boolean {
    return this.environment.supportsTimeSkipping;
  }

  /** Milliseconds since the epoch, by the server's clock. */
  currentTimeMs(): Promise<number> {
    return this.environment.currentTimeMs();
  }

  /** Lets virtual time pass. @param duration milliseconds, or in words, as in `1 day` */
  sleep(duration: Duration): Promise<void> {
    return this.environment.sleep(duration);
  }

  /** The workers on a task queue, which stay for the tests to come. */
  async workersOn(taskQueue: string): Promise<Crew> {
    if (this.crew && this.crew.taskQueue !== taskQueue) await this.dismissWorkers();
    this.crew ??= await Crew.hire(this.nativeConnection, taskQueue);
    this.taskQueue = taskQueue;
    return this.crew;
  }

  /** Ends the shared workers, and leaves what they still had to do undone: later campaigns start on another task queue. */
  async dismissWorkers(): Promise<void> {
    const { crew } = this;
    this.crew = undefined;
    this.taskQueue = newTaskQueue();
    await crew?.dismiss();
  }

  /** Replays the history of a workflow. @param runId default: the latest run */
  async replay(workflowId: string, runId?: string): Promise<void> {
    const history = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
    await replays.replay({ workflowId, history });
  }

  async teardown(): Promise<void> {
    try {
      await this.dismissWorkers();
    } finally {
      await this.environment.teardown();
      if (!isSuite) await endReplays();
    }
  }
}

function newTaskQueue(): string {
  return `campaigns-${randomUUID()}`;
}

let quietened = false;

/** The SDK takes its logger once a process. */
function quieten(): void {
  if (quietened) return;
  Runtime.install({ logger: quiet, telemetryOptions: { logging: { forward: {}, filter: 'ERROR' } } });
  quietened = true;
}

const quiet: Logger = {
  log() {},
  trace() {},
  debug() {},
  info() {},
  warn: (m, meta) => process.env.RIG_LOG && console.warn(m, meta),
  error: (m, meta) => process.env.RIG_LOG && console.warn(m, meta),
};
