import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionStatusName,
  WorkflowFailedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ApplicationFailure, rootCause } from '@temporalio/common';
import { type CampaignInput, checkInput } from '../workflows/input';
import { cancelSignal, type HaltRequest, progressQuery, stopSignal } from '../workflows/messages';
import type { CampaignProgress, CampaignResult } from '../workflows/state';
import { type LiveProgress, liveProgress, sumOf } from './live-progress';

/** Thrown when a campaign ID is taken: by a campaign that runs, or by one that ended `completed`, `stopped` or `missed`. */
export class CampaignExistsError extends Error {
  override readonly name = 'CampaignExistsError';
  constructor(readonly campaignId: string) {
    super(`Campaign ${campaignId} was already started. Look at it, or choose another campaign ID.`);
  }
}

/** Thrown when a campaign ended without saying how: terminated from outside, or refused before it began. */
export class CampaignEndedError extends Error {
  override readonly name = 'CampaignEndedError';
}

/** Where a campaign stands in Temporal. */
export interface CampaignStanding {
  /** `ended-for-good`: its ID is used up. `ended-open`: it may be started again and goes on with the batch that exists. */
  standing: 'running' | 'ended-for-good' | 'ended-open';
  /** What `start` was told of its contacts. */
  contactsHash: string | undefined;
}

export interface StartOptions {
  /** What lists of workflows show of it, one line. Default: "Calling campaign" and its ID. */
  summary?: string;
  /** SHA-256 of the contacts file, kept with the campaign so that the same ID is not taken for other contacts. */
  contactsHash?: string;
}

/** Starts campaigns and follows them. Needs a worker on the same task queue somewhere. */
export class CampaignClient {
  /** @param taskQueue the one the workers listen on (CAMPAIGN_TASK_QUEUE) */
  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
  ) {}

  /**
   * Starts a campaign; its ID is the idempotency key: the same ID is refused while it runs and after it ended `completed`,
   * `stopped` or `missed`. After `failed`, `canceled` or a termination it goes on with the batch that exists.
   *
   * @throws ApplicationFailure `InvalidInput` naming the field to mend, before anything is sent
   * @throws CampaignExistsError
   */
  async start(campaignId: string, input: CampaignInput, options: StartOptions = {}): Promise<void> {
    checkInput(campaignId, input, Date.now());
    try {
      await this.client.workflow.start('campaignWorkflow', {
        workflowId: campaignId,
        taskQueue: this.taskQueue,
        args: [input],
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
        memo: { contactsHash: options.contactsHash },
        staticSummary: options.summary ?? `Calling campaign ${campaignId}`,
        staticDetails:
          'Query `progress` for numbers; signal `stop` or `cancel` to end it. Current details say what is happening.',
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) throw new CampaignExistsError(campaignId);
      throw error;
    }
  }

  /** Where a campaign stands; undefined when there never was one, or Temporal's retention has passed. */
  async standing(campaignId: string): Promise<CampaignStanding | undefined> {
    try {
      const { status, memo } = await this.handle(campaignId).describe();
      const contactsHash = memo?.contactsHash;
      return {
        standing: standingOf(status.name),
        contactsHash: typeof contactsHash === 'string' ? contactsHash : undefined,
      };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  /**
   * What the campaign itself knows, with what its latest looks at Bolna have shown since; of several batches, the sum. Needs a
   * worker.
   */
  async progress(campaignId: string): Promise<LiveProgress> {
    const progress = await this.progressOf(campaignId);
    // One that has just ended is in the campaign's own numbers at the next look.
    const looks = (progress.batches?.underWay ?? []).map((id) => this.progressOf(id).catch(() => undefined));
    const batches = (await Promise.all(looks)).filter((look) => look !== undefined);
    return batches.length > 0 ? sumOf(progress, batches) : progress;
  }

  private async progressOf(workflowId: string): Promise<LiveProgress> {
    const handle = this.handle(workflowId);
    const [known, description] = await Promise.all([
      handle.query<CampaignProgress, []>(progressQuery),
      handle.describe(),
    ]);
    return liveProgress(known, description.raw.pendingActivities ?? []);
  }

  /** Asks a campaign to stop: nobody else is called, calls on the line may finish, results are collected. */
  async stop(campaignId: string, why?: HaltRequest): Promise<void> {
    await this.handle(campaignId).signal(stopSignal, why);
  }

  /** Asks a campaign to cancel: nobody else is called, and nothing is waited for. */
  async cancel(campaignId: string, why?: HaltRequest): Promise<void> {
    await this.handle(campaignId).signal(cancelSignal, why);
  }

  /**
   * Waits for the end and gives the result, of whatever end.
   * @throws CampaignEndedError when it was terminated, or refused for its input
   */
  async result(campaignId: string): Promise<CampaignResult> {
    const handle = this.handle(campaignId);
    try {
      return await handle.result();
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error;
      const { memo } = await handle.describe();
      // Canceled and failed campaigns have no result of their own in Temporal, but leave it in the memo.
      const result = memo?.result as CampaignResult | undefined;
      if (result && !wasTerminated(error)) return result;
      const said = rootCause(error.cause) ?? error.message;
      if (!wasTerminated(error)) throw new CampaignEndedError(said, { cause: error });
      throw new CampaignEndedError(
        `The campaign was terminated in Temporal (${said}): nothing was collected, and Bolna goes on with what it was given. Start it again with the same ID to go on with it.`,
        { cause: error },
      );
    }
  }

  private handle(campaignId: string): WorkflowHandle {
    return this.client.workflow.getHandle(campaignId);
  }
}

function standingOf(status: WorkflowExecutionStatusName): CampaignStanding['standing'] {
  if (status === 'RUNNING' || status === 'PAUSED') return 'running';
  return status === 'COMPLETED' ? 'ended-for-good' : 'ended-open';
}

function wasTerminated({ cause }: WorkflowFailedError): boolean {
  return cause !== undefined && !(cause instanceof ApplicationFailure) && cause.name === 'TerminatedFailure';
}
