import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../../activities';
import type { ActivityContext } from '../../activities/context';
import type { Activities, Contacts, CreatedBatch, ScheduleOutcome } from '../../activities/types';
import { BolnaClient } from '../../bolna/client';
import { bolnaRules } from '../../bolna/start-time';
import { Outside } from '../../egress/outside';
import type { SimulatorOptions } from '../../simulator/options';
import { type Simulator, startSimulator } from '../../simulator/simulator';
import { LocalStorage } from '../../storage/local';
import type { CampaignStorage } from '../../storage/storage';
import { removeFolder, temporaryFolder } from './folders';
import { AGENT, HOUR } from './rig';

const CAMPAIGN = 'lone';
/** Between two attempts of a step. */
const RETRY_MS = 30_000;
const STORAGE_METHODS: readonly string[] = ['read', 'write', 'claim', 'size', 'delete'];

type Ask<Name extends keyof Activities> = Parameters<Activities[Name]>[0];
type Told<Name extends keyof Activities> = Awaited<ReturnType<Activities[Name]>>;

/** There is no Temporal here, and so none of its workflows. */
const NO_WORKFLOWS = {
  withAbortSignal: (_: AbortSignal, work: () => Promise<unknown>) => work(),
  workflow: {
    getHandle: (workflowId: string) => ({
      describe: () => Promise.reject(new WorkflowNotFoundError('There is none.', workflowId, undefined)),
    }),
  },
} as unknown as Client;

/** One attempt of a step, as a worker makes it. */
export class StepAttempt<Name extends keyof Activities> {
  remembered: unknown;
  readonly outcome: Promise<Told<Name>>;
  private readonly environment: MockActivityEnvironment;

  constructor(
    context: ActivityContext,
    name: Name,
    ask: Ask<Name>,
    info: { attempt?: number; heartbeatDetails?: unknown } = {},
  ) {
    this.environment = new MockActivityEnvironment(info, { client: NO_WORKFLOWS, logger: new DefaultLogger('ERROR') });
    this.environment.on('heartbeat', (details: unknown) => {
      this.remembered = details;
    });
    const step = createActivities(context)[name] as (given: Ask<Name>) => Promise<Told<Name>>;
    this.outcome = this.environment.run(step, ask) as Promise<Told<Name>>;
    this.outcome.catch(() => undefined);
  }

  /** Temporal tells it that another attempt has taken its place. */
  replace(): void {
    this.environment.cancel('NOT_FOUND');
  }
}

/**
 * The steps of a campaign without Temporal, on a clock that is moved by hand: for what an attempt does that is held up between
 * two lines while the world goes on.
 */
export class LoneSteps {
  readonly context: ActivityContext;

  private constructor(
    readonly simulator: Simulator,
    readonly storage: LocalStorage,
    private readonly clock: { at: number },
    context: Partial<ActivityContext>,
  ) {
    this.context = {
      bolna: new BolnaClient({ apiKey: 'bn-test', baseUrl: simulator.url, timeoutMs: 60_000 }),
      outside: new Outside(),
      storage,
      rules: bolnaRules(),
      leadMs: 150_000,
      account: 'default',
      accounts: ['default', 'sales'],
      polling: { minMs: 5_000, maxMs: 600_000 },
      now: () => clock.at,
      ...context,
    };
  }

  /** @param beside another world, whose storage and clock this one shares */
  static async start(
    options: SimulatorOptions = {},
    beside?: LoneSteps,
    context: Partial<ActivityContext> = {},
  ): Promise<LoneSteps> {
    const clock = beside?.clock ?? { at: Date.parse('2026-06-23T06:00:00Z') };
    const simulator = await startSimulator({ ...options, clock: { now: () => clock.at } });
    const storage = beside?.storage ?? new LocalStorage(temporaryFolder('lone-'));
    return new LoneSteps(simulator, storage, clock, context);
  }

  get now(): number {
    return this.clock.at;
  }

  async pass(ms: number): Promise<void> {
    this.clock.at += ms;
    await this.simulator.sync();
  }

  attempt<Name extends keyof Activities>(
    name: Name,
    ask: Ask<Name>,
    context: ActivityContext = this.context,
  ): StepAttempt<Name> {
    return new StepAttempt(context, name, ask);
  }

  /** As Temporal does it: tried again with what was remembered, until it succeeds or fails for good. */
  async persist<Name extends keyof Activities>(
    name: Name,
    ask: Ask<Name>,
    context: ActivityContext = this.context,
  ): Promise<Told<Name>> {
    let heartbeatDetails: unknown;
    for (let attempt = 1; ; attempt++) {
      const one = new StepAttempt(context, name, ask, { attempt, heartbeatDetails });
      try {
        return await one.outcome;
      } catch (error) {
        if ((error instanceof ApplicationFailure && error.nonRetryable) || attempt === 20) throw error;
        heartbeatDetails = one.remembered ?? heartbeatDetails;
        await this.pass(RETRY_MS);
      }
    }
  }

  validate(csv: string, more: Partial<Ask<'validateContacts'>> = {}): Promise<Contacts> {
    return this.persist('validateContacts', { campaignId: CAMPAIGN, contacts: { csv }, ...more });
  }

  create({ fileName, edition }: Contacts, part?: number): Promise<CreatedBatch> {
    return this.persist('createBatch', { ...this.ofBatch(fileName, part), edition });
  }

  /** @param startAt default: as soon as Bolna allows */
  schedule({ fileName }: Contacts, batchId: string, part?: number, startAt?: number): Promise<ScheduleOutcome> {
    return this.persist('scheduleBatch', this.toSchedule(fileName, batchId, part, startAt));
  }

  toSchedule(fileName: string, batchId: string, part?: number, startAt?: number): Ask<'scheduleBatch'> {
    return { ...this.ofBatch(fileName, part), batchId, startAt, startBy: (startAt ?? this.now) + 48 * HOUR };
  }

  ofBatch(fileName: string, part?: number) {
    return { campaignId: CAMPAIGN, agentId: AGENT, fileName, part };
  }

  /** Numbers that were dialled, each as often as it was. */
  dialled(): string[] {
    return this.simulator
      .dials()
      .map(({ number }) => number)
      .sort();
  }

  async close(): Promise<void> {
    await this.context.bolna.close();
    await this.simulator.close();
    removeFolder(this.storage.root);
  }
}

/** A storage of which single operations can be held up or made to fail. */
export function disturbed(
  storage: LocalStorage,
  disturb: (method: string, path: string) => Promise<void> | void,
): CampaignStorage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      if (!STORAGE_METHODS.includes(String(name))) return value.bind(target);
      return async (...given: unknown[]) => {
        await disturb(String(name), String(given[0]));
        return value.apply(target, given);
      };
    },
  });
}

/** A place at which something waits until it is let go. */
export class Gate {
  private isReached = () => {};
  private letGo = () => {};
  /** Settled when something has come here. */
  readonly reached = new Promise<void>((resolve) => {
    this.isReached = resolve;
  });
  private readonly opened = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });

  open(): void {
    this.letGo();
  }

  async pass(): Promise<void> {
    this.isReached();
    await this.opened;
  }
}
