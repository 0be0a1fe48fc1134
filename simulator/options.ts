import type { KeyVerdict } from './exchange';
import type { Fault } from './faults';
import type { OutcomeOverride } from './outcomes';
import type { Recording } from './recording';
import type { RecordedRequest } from './records';
import type { SimulatorRules } from './rules';

/** Where the simulator takes the time from. A test's may be virtual, and may have to ask another process for it. */
export interface SimulatorClock {
  /** Milliseconds since the epoch. */
  now(): number | Promise<number>;
}

export interface SimulatorOptions {
  /** 0 takes any free port. @default 0 */
  port?: number;
  /** @default '127.0.0.1' */
  host?: string;
  /** Read at each request; state moves up to it then. @default the real clock, which also ticks by itself */
  clock?: SimulatorClock;
  /** Times on the wire stay those of the clock; every duration and rule is divided by this. @default 1 */
  speed?: number;
  /** @default as documented, see DOCUMENTED_RULES */
  rules?: Partial<SimulatorRules>;
  /** Answers worded and made up as somebody's were; rules that are given go before what it shows. */
  recording?: Recording;
  /** Results of calls are a pure function of seed, number and attempt. @default 'bolna' */
  seed?: string;
  /** Fixes results, whole or in part. */
  outcomes?: OutcomeOverride;
  /** The agents there are. @default any UUID that is not in `unknownAgents` */
  agents?: string[];
  unknownAgents?: string[];
  /** @default keys that start with bn- or sa- are good */
  keys?: (key: string) => KeyVerdict;
  faults?: Fault[];
  /** Requests a minute before 429. @default none; the documented one is 1,000 */
  rateLimit?: number;
  /** The agent's webhook: gets every change of an execution, twice and out of order. */
  executionWebhookUrl?: string;
  /** File that every change is written to before it is answered, and read from at the start. */
  journal?: string;
  /** Called once a request is over, answered or not. */
  log?: (request: RecordedRequest) => void;
}
