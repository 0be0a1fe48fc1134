import type { SimulatorOptions } from '../../simulator/options';
import { type Simulator, startSimulator } from '../../simulator/simulator';

export const AGENT = '3fa85f64-5717-4562-b3fc-2c963f66afa6';
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A clock that stands still until it is moved. */
export class TestClock {
  #now: number;

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): number {
    return this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }
}

/** An instant with the numeric offset Bolna asks for. */
export function instant(at: number): string {
  return new Date(at).toISOString().replace('Z', '+00:00');
}

export function csvOf(count: number): string {
  const rows = Array.from({ length: count }, (_, index) => `${numberOf(index)},Person ${index}`);
  return ['contact_number,customer_name', ...rows].join('\n');
}

export function numberOf(index: number): string {
  return `+9198${String(10_000_000 + index)}`;
}

/** Goes on once the condition holds; gives up loudly instead of hanging a run. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = Date.now() + 4000;
  while (!condition()) {
    if (Date.now() > giveUpAt) throw new Error(`waited in vain until ${condition}`);
    await new Promise(setImmediate);
  }
}

/** A batch as Bolna shows it, as far as tests read it. */
export interface BatchSeen {
  batch_id: string;
  status: string;
  execution_status: Record<string, number>;
  from_phone_numbers: string[];
  scheduled_at: string | null;
  created_at: string;
  updated_at: string;
}

/** A call as Bolna shows it, as far as tests read it. */
export interface ExecutionSeen {
  id: string;
  status: string;
  user_number: string;
  telephony_data: { duration: unknown };
}

/** A page of calls. */
export interface PageSeen {
  page_number: number;
  page_size: number;
  total: number;
  has_more: boolean;
  data: ExecutionSeen[];
}

/** `GET /user/me`, as far as tests read it. */
export interface AccountSeen {
  wallet: number;
  concurrency: { max: number; current: number };
}

/** What Bolna answers to a change: each answer has some of it. */
export interface Changed {
  batch_id: string;
  execution_id: string;
  state: string;
  message: string;
}

export interface Reply<Json = Changed> {
  status: number;
  headers: Headers;
  text: string;
  /** The body; null if it is no JSON. */
  json: Json;
}

/** A simulator on a clock of the test's, and the few requests every test sends to it. */
export class SimulatorRig {
  readonly simulator: Simulator;
  readonly clock: TestClock;

  private constructor(simulator: Simulator, clock: TestClock) {
    this.simulator = simulator;
    this.clock = clock;
  }

  static async start(
    options: SimulatorOptions = {},
    clock: TestClock = new TestClock('2026-06-23T06:00:00Z'),
  ): Promise<SimulatorRig> {
    return new SimulatorRig(await startSimulator({ clock, ...options }), clock);
  }

  async send<Json = Changed>(method: string, path: string, body?: FormData, key = 'bn-test'): Promise<Reply<Json>> {
    const response = await fetch(this.simulator.url + path, {
      method,
      headers: key === '' ? {} : { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(5000),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
  }

  get<Json = Changed>(path: string): Promise<Reply<Json>> {
    return this.send('GET', path);
  }

  upload(csv: string, fields: Record<string, string | string[]> = {}, name = 'contacts.csv'): Promise<Reply> {
    const form = new FormData();
    for (const [field, value] of Object.entries({ agent_id: AGENT, ...fields })) {
      for (const each of [value].flat()) form.append(field, each);
    }
    form.append('file', new Blob([csv], { type: 'text/csv' }), name);
    return this.send('POST', '/batches', form);
  }

  async created(csv: string, fields: Record<string, string | string[]> = {}): Promise<string> {
    return (await this.upload(csv, fields)).json.batch_id;
  }

  schedule(batchId: string, at: string, fields: Record<string, string> = {}): Promise<Reply> {
    const form = new FormData();
    for (const [name, value] of Object.entries({ scheduled_at: at, ...fields })) form.append(name, value);
    return this.send('POST', `/batches/${batchId}/schedule`, form);
  }

  /** A batch that began this very moment (the clock is moved by 10 minutes). */
  async running(
    csv: string,
    fields: Record<string, string | string[]> = {},
    schedule: Record<string, string> = {},
  ): Promise<string> {
    const id = await this.created(csv, fields);
    await this.schedule(id, instant(this.clock.now() + 10 * MINUTE), schedule);
    this.clock.pass(10 * MINUTE);
    await this.simulator.sync();
    return id;
  }

  async batch(batchId: string): Promise<BatchSeen> {
    return (await this.get<BatchSeen>(`/batches/${batchId}`)).json;
  }

  async executions(batchId: string): Promise<ExecutionSeen[]> {
    return (await this.get<ExecutionSeen[]>(`/batches/${batchId}/executions`)).json;
  }

  close(): Promise<void> {
    return this.simulator.close();
  }
}

/** Every call is answered, rings 5 s, lasts 60 s and is processed for 2 minutes, unless a test says otherwise. */
export const ANSWERED = {
  status: 'completed',
  ringSeconds: 5,
  talkSeconds: 60,
  postProcessingSeconds: 120,
  voicemail: false,
} as const;
