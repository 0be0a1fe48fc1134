import { setTimeout as delay } from 'node:timers/promises';
import { Client, type WorkflowClientInterceptor, WorkflowNotFoundError } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { batchWorkflowId } from '../../activities/batch-workflow-id';
import { CampaignClient } from '../../client/campaigns';
import { gateway } from '../../client/gateway/app';
import type { Gateway } from '../../client/gateway/options';
import { webhookAddress, workflowOfToken } from '../../worker/webhooks';
import type { CampaignResult } from '../../workflows/state';
import { until } from './processes';
import { type CampaignHandle, MINUTE, Rig } from './rig';

export const SECRET = 'what-only-the-tests-know-of-webhooks';

/** A rig whose simulator tells a gateway of its batches, over HTTP, while virtual time goes by minute by minute. */
export class HookedRig {
  private constructor(
    readonly rig: Rig,
    readonly url: string,
    private readonly app: Gateway,
    private readonly hints: SignalsUnderway,
  ) {}

  /** @param options.hooked whether workers give batches an address; default: they do */
  static async start({ hooked = true, ...options }: Parameters<typeof Rig.start>[0] & { hooked?: boolean }) {
    let url = '';
    const webhooks = { addressOf: (id: string) => webhookAddress(url, SECRET, id), pollMaxMs: 60 * MINUTE };
    const rig = await Rig.start({ ...options, context: { ...(hooked && { webhooks }), ...options.context } });
    const hints = new SignalsUnderway();
    const client = new Client({ connection: rig.env.connection, interceptors: { workflow: [hints] } });
    const app = await gateway({
      campaigns: new CampaignClient(client, { taskQueue: rig.taskQueue }),
      storage: rig.storage,
      tokens: undefined,
      notReady: async () => undefined,
      version: '0',
      maxBodyBytes: 100_000,
      maxUploadBytes: 100_000,
      requestsPerMinute: 1_000_000,
      // Its clock is not the virtual one.
      webhooks: {
        workflowOf: (token) => workflowOfToken([SECRET], token),
        sources: [],
        pace: { gatherMs: 0, silenceMs: 0 },
      },
      trustedProxies: [],
    });
    url = await app.listen({ host: '127.0.0.1', port: 0 });
    return new HookedRig(rig, url, app, hints);
  }

  /** Lets the campaign come to its end. Waiting for its result would let time skip past what Bolna has to tell. */
  async lived(
    handle: CampaignHandle,
    eachMinute: () => Promise<void> = async () => undefined,
  ): Promise<CampaignResult> {
    const { env, simulator } = this.rig;
    for (let minute = 0; (await handle.describe()).status.name === 'RUNNING'; minute++) {
      if (minute > 24 * 60) throw new Error('A day has passed, and the campaign has not ended.');
      await env.sleep(MINUTE);
      await until(
        () => 'looks that are due are taken',
        () => this.hasNothingDue(handle),
      );
      await simulator.sync();
      await simulator.webhooksIdle();
      await this.hintsDelivered();
      await eachMinute();
    }
    return handle.result();
  }

  /**
   * Whether no look is under way or due. The time-skipping server loses a workflow task that cancels an activity which has just
   * completed, as a hint makes a campaign do where it meets a look that is due at the same moment; Temporal's server does not.
   */
  private async hasNothingDue(handle: CampaignHandle): Promise<boolean> {
    const { env, simulator, client } = this.rig;
    const parts = simulator.batches().length;
    const ids = Array.from({ length: parts }, (_, i) => batchWorkflowId(handle.workflowId, i + 1));
    const batches = ids.map((id) => client.workflow.getHandle(id).describe().catch(ifNotThere));
    const described = await Promise.all([handle.describe(), ...batches]);
    const now = await env.currentTimeMs();
    return described
      .flatMap((workflow) => workflow?.raw.pendingActivities ?? [])
      .every(({ lastStartedTime: started, lastAttemptCompleteTime: ended, lastFailure }) => {
        const pause = lastFailure?.applicationFailureInfo?.nextRetryDelay;
        return ms(ended) > 0 && ms(ended) >= ms(started) && ms(ended) + ms(pause) > now;
      });
  }

  /** Waits until the workflows have the hints that the gateway has answered for. */
  private async hintsDelivered(): Promise<void> {
    // Timers of one length fire in the order in which they were set: those of the gateway, which gathers for the shortest time, were before.
    await delay(1);
    await until(
      () => 'hints are delivered',
      () => this.hints.count === 0,
    );
  }

  /** The gateway is gone for good. */
  async leave(): Promise<void> {
    await this.app.close();
  }

  async close(): Promise<void> {
    await this.leave();
    await this.rig.close();
  }
}

class SignalsUnderway implements WorkflowClientInterceptor {
  count = 0;

  readonly signal: NonNullable<WorkflowClientInterceptor['signal']> = async (input, next) => {
    this.count++;
    try {
      await next(input);
    } finally {
      this.count--;
    }
  };
}

function ms(ts: Parameters<typeof optionalTsToMs>[0]): number {
  return optionalTsToMs(ts) ?? 0;
}

/** A campaign of one batch has no workflow of the batch. */
function ifNotThere(e: unknown): undefined {
  if (!(e instanceof WorkflowNotFoundError)) throw e;
}
