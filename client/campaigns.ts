import { Readable } from 'node:stream';
import { Client, WorkflowNotFoundError } from '@temporalio/client';
import type { SignalDefinition } from '@temporalio/common';
import type { StartRules } from '../activities/types';
import { Wording } from '../contacts/wording';
import type { ResultRow } from '../results/rows';
import type { CampaignStorage } from '../storage/storage';
import type { CampaignInput } from '../workflows/input';
import {
  cancelSignal,
  type HaltRequest,
  hintSignal,
  type MaxCostAnswer,
  type MaxCostRequest,
  type RescheduleAnswer,
  type RescheduleRequest,
  rescheduleUpdate,
  setMaxCostUpdate,
  stopSignal,
} from '../workflows/messages';
import type { CampaignResult } from '../workflows/state';
import { stopInDashboard } from '../workflows/words';
import { type CallbackStatus, callbackStatus, type ResentCallbacks, resendCallbacks } from './campaign/callbacks';
import { checkContacts, isOfExisting } from './campaign/check-contacts';
import { checkLists } from './campaign/check-lists';
import { checkStart, refuseMissed } from './campaign/check-start';
import { connectTemporal, type TemporalOptions } from './campaign/connect';
import { hashOfInline } from './campaign/contents';
import { endOf } from './campaign/ending';
import { type ListedCampaign, type ListOptions, listCampaigns } from './campaign/list';
import { look } from './campaign/look';
import { NamedStorage } from './campaign/named-storage';
import { pollingWorkers } from './campaign/polling-workers';
import { recordedBatches } from './campaign/recorded-batches';
import { nextRound, openRecording, type RowChoice, resultRows } from './campaign/results';
import { shownOf } from './campaign/shown';
import { describeCampaign, findCampaign, type Standing, standingOf } from './campaign/standing';
import { type Started, type StartOptions, startOnce } from './campaign/start';
import { type Suppressed, type SuppressOptions, suppressNumbers } from './campaign/suppress';
import { type ChangeOptions, update } from './campaign/update';
import { type ProgressOptions, watch, withSignal } from './campaign/watch';
import { CampaignOverError, ContactsRefusedError } from './errors';
import type { LiveProgress } from './live-progress';

export interface CampaignClientOptions {
  /** The queue the workers listen on. Default: CAMPAIGN_TASK_QUEUE, or `bolna-campaigns`. */
  taskQueue?: string;
  /**
   * Where the campaigns' files are: what CAMPAIGN_DATA names for the workers (a folder, or `s3://bucket/prefix`). `results` reads
   * there, and `suppress` writes there. Default: CAMPAIGN_DATA, or the address that each campaign's result names.
   */
  storage?: string | CampaignStorage;
  /**
   * What Bolna asks of a start: how far ahead it is asked for, and which marks it is rounded up to, in milliseconds. Default: 150 seconds
   * (BOLNA_MIN_LEAD of the workers) and ten minutes.
   */
  starts?: StartRules;
  /**
   * Networks or addresses, separated by commas, from which suppression lists are read though they are not public: what
   * CAMPAIGN_ALLOW_PRIVATE_ADDRESSES names for the workers. Lists at others are left to the worker. Default: that variable, or none.
   */
  allowPrivateAddresses?: string;
}

/** A stop or a cancel that Temporal has taken. */
export interface HaltOrdered {
  /** What works now, where no worker is there to carry out the order; null where one is. */
  warning: string | null;
}

/** Where a campaign stands in Temporal. */
export interface CampaignStanding {
  /** `ended-for-good`: its ID is used up. `ended-open`: it may be started again and goes on with the batch that exists. */
  standing: Standing;
  /** SHA-256 of the contacts file, in hex, as far as it is known. */
  contactsHash: string | undefined;
}

/**
 * Starts campaigns and follows them, for upstream systems. What it asks for is done by workers (`bolna-campaigns worker`), which
 * may run anywhere; nothing is lost where one comes later.
 *
 * @example
 * const campaigns = await CampaignClient.connect({ address: 'temporal.internal:7233' });
 * await campaigns.start('morning-2026-06-23', { agentId, contacts: { csv } });
 * const { status, outcomes } = await campaigns.result('morning-2026-06-23');
 * await campaigns.close();
 */
export class CampaignClient {
  private readonly taskQueue: string;
  private readonly storage: NamedStorage;
  private readonly starts: StartRules | undefined;
  private readonly privateAddresses: string;
  private ownConnection: { close(): Promise<void> } | undefined;

  /** @param client of Temporal, on a connection that stays the caller's to close */
  constructor(
    private readonly client: Client,
    options: CampaignClientOptions = {},
  ) {
    this.taskQueue = options.taskQueue ?? (process.env.CAMPAIGN_TASK_QUEUE || 'bolna-campaigns');
    this.starts = options.starts;
    this.privateAddresses = options.allowPrivateAddresses ?? process.env.CAMPAIGN_ALLOW_PRIVATE_ADDRESSES ?? '';
    this.storage = new NamedStorage(options.storage ?? (process.env.CAMPAIGN_DATA || undefined));
  }

  /**
   * A client with a connection of its own, which {@link close} ends.
   *
   * @throws NoServerNamedError without an address, here or in the environment
   * @throws TemporalUnreachableError when no server, or none with the namespace, answers
   * @example
   * const campaigns = await CampaignClient.connect(); // TEMPORAL_ADDRESS and the rest of Temporal's environment configuration
   */
  static async connect(options: TemporalOptions & CampaignClientOptions = {}): Promise<CampaignClient> {
    const { connection, namespace } = await connectTemporal(options);
    const campaigns = new CampaignClient(new Client({ connection, namespace }), options);
    campaigns.ownConnection = connection;
    return campaigns;
  }

  /** Closes the connection that {@link connect} has opened; another one is left alone. */
  async close(): Promise<void> {
    await this.ownConnection?.close();
  }

  /**
   * Starts a campaign. Its ID is the idempotency key: with the same contents, any number of calls start it once, also after it
   * ended `completed`, `stopped` or `missed`; the later ones say so. After `failed`, `canceled` or a termination it goes on with
   * the batch that exists.
   *
   * @param campaignId 1 to 120 letters, digits, `.`, `_`, `-`; the workflow ID
   * Contacts that travel inline are checked here, before anything is sent, and with them the suppression lists in the storage of this
   * client and at public http(s) addresses, within two minutes; contacts behind a `uri`, and lists elsewhere, by the worker.
   *
   * @throws InvalidInputError naming the fields to fix, before anything is sent; also for a new campaign that could only miss its
   * start, since Bolna makes none between `startAt` and `startBy`
   * @throws ContactsRefusedError for inline contacts that cannot be read, or of which no row is valid; for a suppression list that
   * cannot be used or read now, or that leaves nobody to call
   * @throws CampaignConflictError when the ID is taken by a campaign with other contents
   * @example
   * const { started } = await campaigns.start('morning-2026-06-23', {
   *   agentId: '3fa85f64-5717-4562-b3fc-2c963f66afa6',
   *   contacts: { csv: 'contact_number,name\n+919876543210,Asha\n' },
   *   startAt: '2026-06-23T12:30:00+05:30',
   * });
   */
  async start(campaignId: string, input: CampaignInput, options: StartOptions = {}): Promise<Started> {
    const plan = checkStart(campaignId, input);
    await refuseMissed(this.client, campaignId, plan, this.starts);
    await this.checkInline(campaignId, input);
    return startOnce(this.client, this.taskQueue, campaignId, input, options);
  }

  /**
   * One look at a campaign: state, calls by status, cost so far in cents, the step that is tried. Needs a worker while the campaign
   * runs; of one that is over it is what its result says.
   *
   * @throws CampaignNotFoundError
   * @throws NoWorkerError when none answers within 10 seconds
   * @example
   * const { state, settled, contacts } = await campaigns.get('morning-2026-06-23');
   */
  async get(campaignId: string): Promise<LiveProgress> {
    const { progress } = await look(this.client, campaignId, this.storage);
    return progress;
  }

  /**
   * A campaign's progress now and at each change, until it has ended: the last one is of its end. That another look at Bolna has
   * brought nothing new is no change.
   *
   * @throws CampaignNotFoundError
   * @throws NoWorkerError and the like when nothing has answered for `patienceMs`
   * @example
   * for await (const { state, settled } of campaigns.progress('morning-2026-06-23')) console.log(state, settled);
   */
  progress(campaignId: string, options: ProgressOptions = {}): AsyncGenerator<LiveProgress, void, undefined> {
    return watch(this.client, campaignId, options, this.storage);
  }

  /**
   * Campaigns as Temporal lists them: those that run, then those that have ended, the latest first. One that was started a moment
   * ago may be missing. Those that run are asked for their state, ten at a time.
   *
   * @throws RangeError for a `since` that is no time
   * @example
   * for await (const { campaignId, state } of campaigns.list({ state: 'failed', since: '2026-06-01' })) console.log(campaignId);
   */
  list(options: ListOptions = {}): AsyncGenerator<ListedCampaign, void, undefined> {
    return listCampaigns(this.client, options, this.storage);
  }

  /** Where a campaign stands in Temporal, which needs no worker; undefined when there never was one, or it is forgotten. */
  async standing(campaignId: string): Promise<CampaignStanding | undefined> {
    const found = await findCampaign(this.client, campaignId);
    if (!found) return undefined;
    const hash = found.memo?.contactsHash;
    return { standing: standingOf(found), contactsHash: typeof hash === 'string' ? hash : undefined };
  }

  /**
   * Asks a campaign to stop: nobody else is called, calls on the line may finish, results are collected. Returns once Temporal
   * has the request, which outlives any crash; {@link result} waits for what becomes of it.
   *
   * @returns `warning`: what works now, where no worker is there to carry it out (seen 90 seconds after the last has gone); else null
   * @throws CampaignNotFoundError
   * @throws CampaignOverError
   * @example
   * await campaigns.stop('morning-2026-06-23', { reason: 'wrong list', by: 'Ines' });
   */
  async stop(campaignId: string, why: HaltRequest = {}): Promise<HaltOrdered> {
    return this.halt(campaignId, stopSignal, why);
  }

  /**
   * Asks a campaign to cancel: nobody else is called, and nothing is waited for. Returns once Temporal has the request.
   *
   * @returns the same as {@link stop}
   * @throws CampaignNotFoundError
   * @throws CampaignOverError
   * @example
   * await campaigns.cancel('morning-2026-06-23', { reason: 'wrong list', by: 'Ines' });
   */
  async cancel(campaignId: string, why: HaltRequest = {}): Promise<HaltOrdered> {
    return this.halt(campaignId, cancelSignal, why);
  }

  /**
   * Tells a campaign that there may be news at Bolna: it looks soon, at Bolna itself, instead of at its next look. Each call stands in
   * its history, so tell it seldom.
   *
   * @param workflowId the campaign ID, or, of a campaign of several batches, the workflow of one (`progress.batches.underWay`)
   * @throws CampaignOverError when there is none that runs
   * @example
   * await campaigns.hint('morning-2026-06-23');
   */
  async hint(workflowId: string): Promise<void> {
    await this.signal(workflowId, hintSignal);
  }

  /**
   * What a campaign's callback was told, and what not. Needs no worker.
   *
   * @returns undefined where the campaign has no callback, or has told it nothing yet
   * @throws CampaignNotFoundError
   * @example
   * const { undelivered = [] } = (await campaigns.callbacks('morning-2026-06-23')) ?? {};
   */
  async callbacks(campaignId: string): Promise<CallbackStatus | undefined> {
    return callbackStatus(this.client, campaignId);
  }

  /**
   * Sends again what the callback was not told, with the same event IDs, and makes the next attempt at an event that is still tried now.
   * Returns once Temporal has the request; a worker delivers.
   *
   * @returns how many events, and in a sentence what that means
   * @throws CampaignNotFoundError
   * @throws ChangeRefusedError when everything was delivered, the receiver wants no more, or an operator has ended the callbacks
   * @example
   * const { says } = await campaigns.resendCallbacks('morning-2026-06-23');
   */
  async resendCallbacks(campaignId: string): Promise<ResentCallbacks> {
    return resendCallbacks(this.client, campaignId);
  }

  /**
   * Moves the start of a campaign that has not begun. Nobody is called before the new start, and nobody twice. Returns when Bolna
   * has taken the new start, or after five minutes: then it is asked until it does, and `startsAt` is null. Needs a worker.
   *
   * @throws CampaignNotFoundError
   * @throws CampaignOverError
   * @throws ChangeRefusedError when the calls have begun, for example, or for a start that has passed
   * @throws ChangeUnansweredError when no worker takes the request within 10 seconds, or none answers it in time
   * @example
   * const { startsAt } = await campaigns.reschedule('morning-2026-06-23', { startAt: '2026-06-23T15:00:00+05:30' });
   */
  async reschedule(
    campaignId: string,
    request: RescheduleRequest,
    options: ChangeOptions = {},
  ): Promise<RescheduleAnswer> {
    return update(this.client, campaignId, rescheduleUpdate, request, options);
  }

  /**
   * Sets what the calls may cost, also of a campaign that was started without a limit. One whose calls have cost as much already is
   * stopped. Needs a worker.
   *
   * @param maxCost in cents of the account's currency, like every cost here; null for no limit
   * @param options.by who asks, for those who see the campaign later
   * @throws CampaignNotFoundError
   * @throws CampaignOverError
   * @throws ChangeRefusedError for an amount that cannot be one, or when nobody else is called anyhow
   * @throws ChangeUnansweredError when no worker takes the request within 10 seconds, or none answers it in time
   * @example
   * await campaigns.setMaxCost('morning-2026-06-23', 5_000); // 50.00
   */
  async setMaxCost(
    campaignId: string,
    maxCost: number | null,
    { by, ...options }: Pick<MaxCostRequest, 'by'> & ChangeOptions = {},
  ): Promise<MaxCostAnswer> {
    const request = { maxCost, ...(by !== undefined && { by }) };
    return update(this.client, campaignId, setMaxCostUpdate, request, options);
  }

  /**
   * Suppresses contacts of a campaign that runs: calls that were not made yet are prevented, and nobody is retried. The answer says of
   * each number whether it came in time: `suppressed`, `too-late`, `not-in-campaign` or `unknown`. It waits up to 40 seconds for Bolna to
   * show that; the order stands without an answer, and the same request tells later what became of it. Needs a worker and the storage.
   *
   * @param numbers 1 to 1,000, in any form that suppression lists may have
   * @param options.country whose numbers those without a country code are, as in `IN`
   * @throws InvalidInputError without a storage, or for numbers that cannot be sent
   * @throws CampaignNotFoundError
   * @throws CampaignOverError
   * @throws ChangeRefusedError when nobody else is called anyway
   * @throws ChangeUnansweredError when no worker takes the request within 10 seconds, or none answers it in time
   * @example
   * const { numbers } = await campaigns.suppress('morning-2026-06-23', ['+919876543210']);
   * for (const { number, outcome } of numbers) console.log(number, outcome);
   */
  async suppress(campaignId: string, numbers: readonly string[], options: SuppressOptions = {}): Promise<Suppressed> {
    return suppressNumbers(this.client, campaignId, numbers, this.storage, options);
  }

  /**
   * Waits for the end and gives the result, of whatever end: look at its `status`. The cost is in cents.
   *
   * @throws CampaignNotFoundError
   * @throws CampaignEndedError when it was terminated, or refused for its input
   * @example
   * const { status, outcomes, cost } = await campaigns.result('morning-2026-06-23', { signal: AbortSignal.timeout(3_600_000) });
   */
  async result(campaignId: string, { signal }: { signal?: AbortSignal } = {}): Promise<CampaignResult> {
    return withSignal(this.client, signal, () => endOf(this.client, campaignId));
  }

  /**
   * The rows of a campaign that has ended, one for each row of its contacts file, in the file's order. They are streamed: a million
   * takes no more memory than ten.
   *
   * @param choice.only outcomes of the rows to give; default: all of them
   * @throws CampaignNotFoundError
   * @throws ResultsUnavailableError when it has not ended, has no results, or they are not in the storage
   * @throws ResultsDamagedError
   * @example
   * for await (const { line, contactNumber, result } of campaigns.results('morning-2026-06-23')) {
   *   if (result === 'no-answer') console.log(line, contactNumber);
   * }
   */
  results(campaignId: string, choice: RowChoice = {}): AsyncGenerator<ResultRow, void, undefined> {
    return resultRows(this.client, campaignId, this.storage, choice);
  }

  /**
   * A contacts file of some of a campaign's rows, to call these people again: a CSV in UTF-8 with the columns of the campaign's own
   * contacts file, under their own names. Where no row is chosen, it is a header alone, which no campaign takes.
   *
   * @throws as {@link results}
   * @example
   * const csv = await text(await campaigns.nextRound('morning-2026-06-23', { only: ['no-answer', 'busy'] }));
   * await campaigns.start('evening-2026-06-23', { agentId, contacts: { csv } });
   */
  nextRound(campaignId: string, choice: RowChoice): Promise<Readable> {
    return nextRound(this.client, campaignId, this.storage, choice);
  }

  private async checkInline(campaignId: string, input: CampaignInput): Promise<void> {
    if (!('csv' in input.contacts)) return;
    const { csv } = input.contacts;
    const open = async () => Readable.from([csv], { objectMode: false });
    const asked = { ...input, wording: new Wording(false, 'library') };
    try {
      await checkContacts(campaignId, await open(), asked);
      if (!input.suppress?.length) return;
      // Loaded only where there are lists.
      const { networksIn, webLists } = require('./web-lists') as typeof import('./web-lists');
      const web = webLists({ allowed: networksIn(this.privateAddresses), leavesPrivate: true });
      try {
        await checkLists(campaignId, open, asked, { storage: this.storage.open(), isAsWorkersHaveIt: false, web });
      } finally {
        await web.close();
      }
    } catch (error) {
      if (!(error instanceof ContactsRefusedError)) throw error;
      if (!isOfExisting(await this.standing(campaignId), hashOfInline(input))) throw error;
    }
  }

  /**
   * The recording of a call, of a campaign that has ended and was started with `recordings: true`, as a stream of its bytes.
   *
   * @param recording as a row names it, such as `recordings/1ae3e573-4f3a-4c52-9a63-7f2b1f1f1f1f.mp3`
   * @throws CampaignNotFoundError
   * @throws ResultsUnavailableError when the campaign has not ended, or has no such recording
   * @example
   * for await (const { line, recording } of campaigns.results('morning-2026-06-23'))
   *   if (recording) await pipeline(await campaigns.recording('morning-2026-06-23', recording), createWriteStream(`${line}.mp3`));
   */
  recording(campaignId: string, recording: string): Promise<Readable> {
    return openRecording(this.client, campaignId, recording, this.storage);
  }

  private async halt(
    campaignId: string,
    signal: SignalDefinition<[HaltRequest?]>,
    why: HaltRequest,
  ): Promise<HaltOrdered> {
    const found = await describeCampaign(this.client, campaignId);
    await this.signal(campaignId, signal, why);
    // The order stands, whatever can be seen of the workers.
    const workers = await pollingWorkers(this.client, found.taskQueue).catch(() => 1);
    if (workers > 0) return { warning: null };
    const batches = shownOf(found).batchId ?? (await recordedBatches(this.storage, campaignId));
    return { warning: `${stopInDashboard(batches)} No worker is running that could stop it.` };
  }

  private async signal<Args extends unknown[]>(campaignId: string, signal: SignalDefinition<Args>, ...args: Args) {
    try {
      await this.client.workflow.getHandle(campaignId).signal(signal, ...args);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new CampaignOverError(campaignId);
      throw error;
    }
  }
}
