import { formatDistanceStrict } from 'date-fns/formatDistanceStrict';
import type { LiveProgress } from '../live-progress';

/** How far back a rate goes: longer than a call lasts, shorter than a change of the account's concurrency should take to show. */
const WINDOW_MS = 10 * 60_000;
/** Two looks that are closer say nothing of a rate. */
const SHORTEST_MS = 5_000;

interface Sample {
  at: number;
  settled: number;
}

/** How fast calls come to their end, by the looks so far. */
export class Pace {
  #samples: Sample[] = [];

  /** @param now milliseconds since the epoch */
  note({ settled, startsAt }: Pick<LiveProgress, 'settled' | 'startsAt'>, now: number): void {
    const start = startsAt === null ? Number.NaN : Date.parse(startsAt);
    // Whoever looks first in the middle of a campaign knows at least when it began.
    if (this.#samples.length === 0 && start < now) this.#samples.push({ at: start, settled: 0 });
    this.#samples.push({ at: now, settled });
    // One sample from before the window is where it begins.
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
  }

  /** Calls that end in a minute; undefined while that cannot be said. */
  get perMinute(): number | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < SHORTEST_MS || last.settled <= first.settled) return undefined;
    return ((last.settled - first.settled) / (last.at - first.at)) * 60_000;
  }

  /** "12 a minute, about 6 minutes left"; empty while that cannot be said. */
  text({ settled, contacts, state }: Pick<LiveProgress, 'settled' | 'contacts' | 'state'>): string {
    const rate = this.perMinute;
    const left = (contacts?.valid ?? 0) - settled;
    if (rate === undefined || left <= 0 || state !== 'running') return '';
    const shown = rate < 10 ? rate.toFixed(1) : String(Math.round(rate));
    return `${shown} a minute, about ${formatDistanceStrict(0, (left / rate) * 60_000)} left`;
  }
}
