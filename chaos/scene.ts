import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Started } from '../client/campaign/start';
import { CampaignClient } from '../client/campaigns';
import { CampaignEndedError } from '../client/errors';
import { type Simulator, startSimulator } from '../simulator/simulator';
import type { DevServer } from '../test/support/dev-server';
import { prepared } from '../test/support/env';
import { removeFolder, temporaryFolder } from '../test/support/folders';
import { until } from '../test/support/processes';
import type { CampaignResult, SuppressedNumber } from '../workflows/state';
import { comes } from './coming';
import { Crew } from './crew';
import { Ledger } from './ledger';
import type { Moment } from './moments';
import { inputOf, type Shape, SPEED } from './shape';

/** From the last disturbance to the end of a campaign, milliseconds; the longest wait of the product's own is two minutes. */
const LIMIT_MS = 330_000;
/** At this speed the usual margin of half a minute would be 50 ms, which a busy machine can take for anything. */
const MIN_LEAD_MS = 8 * 60_000;
/** Bolna starts calls only at marks that are so far apart, milliseconds. */
const MARKS_MS = 10 * 60_000;
/** How long `not-started` must have stood before a campaign counts as waiting for a person, milliseconds: on a slow machine it comes and goes. */
const ASKS_FOR_MS = 30_000;
/** So long without a request, and late ones are no longer expected; milliseconds. */
const QUIET_MS = 2_500;

/** What an act at a moment of a request may ask for: that the connection be cut there. */
export type Act = () => Promise<'drop' | undefined>;

/** One campaign with a task queue, a storage folder, a simulator and worker processes of its own. */
export class Scene {
  private static n = 0;
  /** None is the beginning of another: the workflows of its batches are found by it. */
  readonly campaignId = `chaos-${process.pid}-${String(++Scene.n).padStart(5, '0')}`;
  readonly folder = temporaryFolder('chaos-');
  readonly ledger: Ledger;
  readonly crew: Crew;
  readonly campaigns: CampaignClient;
  result: CampaignResult | undefined;
  /** When the campaign ended, milliseconds since the epoch. */
  endedAt = Number.POSITIVE_INFINITY;
  /** Numbers that the campaign was asked to suppress, and what it answered of each. */
  readonly suppressed = new Map<string, SuppressedNumber['outcome'] | undefined>();
  /** What has been done to the campaign, in order. */
  readonly deeds: string[] = [];
  /**
   * Whether the campaign waits for a person: Bolna has no start for its batch, but nothing it shows says so. The campaign then sends no
   * second start, sets `not-started`, and polls for days.
   */
  asksForPerson = false;
  /** What the harness itself could not do. */
  readonly troubles: string[] = [];
  private readonly underway = new Set<Promise<unknown>>();
  private readonly whenObeyed = new Map<string, () => void>();
  private readonly afterwards: (() => Promise<void>)[] = [];
  private readonly over = new AbortController();
  /** When the campaign was begun, milliseconds since the epoch. */
  begunAt = Number.POSITIVE_INFINITY;
  private lastDeedAt = Date.now();

  private constructor(
    readonly shape: Shape,
    readonly server: DevServer,
    readonly client: Client,
    readonly simulator: Simulator,
  ) {
    this.ledger = new Ledger(simulator);
    const taskQueue = this.campaignId;
    const starts = { leadMs: MIN_LEAD_MS / SPEED, roundUpToMs: MARKS_MS / SPEED };
    this.campaigns = new CampaignClient(client, { taskQueue, starts, storage: this.folder });
    const env = {
      TEST_BUILD: prepared('TEST_BUILD'),
      CRASH_SPEED: String(SPEED),
      HOME: this.folder,
      TEMPORAL_ADDRESS: server.address,
      BOLNA_API_KEY: 'bn-test',
      BOLNA_BASE_URL: simulator.url,
      BOLNA_TIMEOUT: '3s',
      BOLNA_MIN_LEAD: `${MIN_LEAD_MS}ms`,
      CAMPAIGN_TASK_QUEUE: taskQueue,
      CAMPAIGN_DATA: this.folder,
      CAMPAIGN_POLL_MIN: '200ms',
      CAMPAIGN_POLL_MAX: '500ms',
    };
    this.crew = new Crew(env, (id) => this.whenObeyed.get(id)?.());
  }

  static async open(shape: Shape, server: DevServer): Promise<Scene> {
    return new Scene(shape, server, await server.client(), await startSimulator(shape.simulator));
  }

  /** Starts a worker and the campaign. */
  async begin(): Promise<void> {
    await this.crew.start();
    const input = inputOf(this.shape, Date.now());
    this.startCampaign = () => this.campaigns.start(this.campaignId, input);
    await this.startCampaign();
    this.begunAt = Date.now();
  }

  /** Starts the campaign again, as whoever started it would. */
  startCampaign: () => Promise<Started> = async () => {
    throw new Error('The campaign was not begun.');
  };

  /** Notes what is done to the campaign. */
  note(deed: string): void {
    this.lastDeedAt = Date.now();
    this.deeds.push(`${this.clock(this.lastDeedAt)} s: ${deed}`);
  }

  /** Does something at a moment, once, if it comes. A moment of a request lasts until that is done. */
  at(moment: Moment, act: Act): void {
    if (moment.on !== 'request')
      return void this.run(
        comes(moment, this, this.over.signal).then((came) => (came ? this.run(act()) : undefined)),
        false,
      );
    const { endpoint, nth, phase } = moment;
    const remove = this.simulator.onRequest((now, request) => {
      if (now !== phase || request.endpoint !== endpoint || request.nth !== nth || this.over.signal.aborted)
        return undefined;
      remove();
      return this.run(act());
    });
  }

  /** Does something when a worker has carried out an order for its storage. */
  onObeyed(orderId: string, act: () => void): void {
    this.whenObeyed.set(orderId, act);
  }

  /** Does something once the campaign has ended; then its end is waited for again. */
  afterEnd(act: () => Promise<void>): void {
    this.afterwards.push(act);
  }

  /** Has the campaign wait for something that is under way: it is not over before. */
  run<T>(work: Promise<T>, counts = true): Promise<T | undefined> {
    const watched = work.catch((error: unknown) => {
      this.troubles.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return undefined;
    });
    if (counts) {
      this.underway.add(watched);
      void watched.then(() => this.underway.delete(watched));
    }
    return watched;
  }

  /** Waits until the campaign has ended and nothing more is done to it. @returns whether it did */
  async end(): Promise<boolean> {
    for (;;) {
      if (!(await this.endOnce())) return false;
      this.endedAt = Date.now();
      const next = this.afterwards.shift();
      if (!next) break;
      this.result = undefined;
      this.endedAt = Number.POSITIVE_INFINITY;
      await this.run(next());
    }
    this.over.abort();
    await this.quiet();
    return true;
  }

  private async endOnce(): Promise<boolean> {
    while (Date.now() < this.lastDeedAt + LIMIT_MS) {
      const ended = this.campaigns.result(this.campaignId).then(
        (result) => ({ result }),
        (error: unknown) => ({ error }),
      );
      const looks = new AbortController();
      const asks = this.untilItAsks(looks.signal).catch(() => undefined);
      const limit = delay(LIMIT_MS, undefined, { ref: false });
      const outcome = await Promise.race([ended, limit, asks]);
      looks.abort();
      await Promise.all(this.underway);
      this.asksForPerson = outcome === 'asks';
      if (outcome === undefined || outcome === 'asks') return false;
      if ('result' in outcome && (await this.stands()) === 'ended') {
        this.result = outcome.result;
        return true;
      }
      // Terminated and started again, reset, or the server is away: what counts is the end of the last run.
      if ('error' in outcome && outcome.error instanceof CampaignEndedError && (await this.stands()) === 'ended')
        return true;
      await delay(200);
    }
    return false;
  }

  /** Resolves once `not-started` has stood for {@link ASKS_FOR_MS} while Bolna has no start and has dialled nobody. */
  private async untilItAsks(over: AbortSignal): Promise<'asks'> {
    let since = Number.POSITIVE_INFINITY;
    while (Date.now() < since + ASKS_FOR_MS) {
      await delay(5_000, undefined, { ref: false, signal: over });
      const asks = (await this.progress())?.attention?.kind === 'not-started' && this.simulator.dials().length === 0;
      const hasStart = this.simulator.batches().some(({ scheduledAt }) => scheduledAt !== null);
      since = asks && !hasStart ? Math.min(since, Date.now()) : Number.POSITIVE_INFINITY;
    }
    return 'asks';
  }

  /** Where the campaign stands, if anybody can tell. */
  progress(): Promise<Awaited<ReturnType<CampaignClient['get']>> | undefined> {
    return this.campaigns.get(this.campaignId).catch(() => undefined);
  }

  private async stands(): Promise<'running' | 'ended' | 'unknown'> {
    try {
      return (await this.campaigns.standing(this.campaignId))?.standing === 'running' ? 'running' : 'ended';
    } catch {
      return 'unknown';
    }
  }

  /** Late requests arrive, and calls on the line come to their end. */
  private async quiet(): Promise<void> {
    let seen = -1;
    let since = Date.now();
    await until(
      () => `quiet around ${this.campaignId}`,
      async () => {
        await Promise.all(this.underway);
        const { requests } = this.simulator;
        const open = this.simulator
          .batches()
          .some((batch) => !batch.deleted && batch.scheduledAt !== null && batch.open > 0);
        if (requests.length !== seen || open) since = Date.now();
        seen = requests.length;
        return Date.now() - since > QUIET_MS;
      },
    ).catch(() => undefined);
  }

  /** Seconds since the campaign was begun. */
  private clock(at: number): string {
    return (Math.max(at - this.begunAt, 0) / 1000).toFixed(1);
  }

  /** What has happened, for whoever has to find out why it should not have. */
  trace(): string[] {
    const requests = this.simulator.requests.map(
      ({ endpoint, status, fault, at }) =>
        `${this.clock(at)} ${endpoint} ${status ?? '-'}${fault ? ` (${fault})` : ''}`,
    );
    return [...this.deeds, requests.join(', '), ...this.crew.words()];
  }

  async close(): Promise<void> {
    this.over.abort();
    await this.crew.close();
    await this.simulator.close();
    if (this.result === undefined) await this.terminate().catch(() => undefined);
    removeFolder(this.folder);
  }

  private async terminate(): Promise<void> {
    await this.client.workflow.getHandle(this.campaignId).terminate('the harness is done with it');
  }
}
