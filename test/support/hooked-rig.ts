import { CampaignClient } from '../../client/campaigns';
import { gateway } from '../../client/gateway/app';
import type { Gateway } from '../../client/gateway/options';
import { webhookAddress, workflowOfToken } from '../../worker/webhooks';
import type { CampaignResult } from '../../workflows/state';
import { type CampaignHandle, MINUTE, Rig } from './rig';

export const SECRET = 'what-only-the-tests-know-of-webhooks';

/** A rig whose simulator tells a gateway of its batches, over HTTP, while virtual time goes by minute by minute. */
export class HookedRig {
  private constructor(
    readonly rig: Rig,
    readonly url: string,
    private readonly app: Gateway,
  ) {}

  /** @param options.hooked whether workers give batches an address; default: they do */
  static async start({ hooked = true, ...options }: Parameters<typeof Rig.start>[0] & { hooked?: boolean }) {
    let url = '';
    const webhooks = { addressOf: (id: string) => webhookAddress(url, SECRET, id), pollMaxMs: 60 * MINUTE };
    const rig = await Rig.start({ ...options, context: { ...(hooked && { webhooks }), ...options.context } });
    const app = await gateway({
      campaigns: new CampaignClient(rig.client, { taskQueue: rig.taskQueue }),
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
    return new HookedRig(rig, url, app);
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
      await simulator.sync();
      await simulator.webhooksIdle();
      await eachMinute();
    }
    return handle.result();
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
