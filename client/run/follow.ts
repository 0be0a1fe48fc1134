import { type LiveProgress, warningOf } from '../live-progress';
import { Pace } from '../look/pace';
import { inBothZones } from '../terminal/both-zones';
import { isColoured } from '../terminal/paint';
import { printable, say } from './print';

/** A line that shows where a campaign is: kept up to date on a terminal, written anew at each change elsewhere. */
export interface StatusLine {
  show(progress: LiveProgress): void;
  /** Says something that stays, above the line. */
  say(text: string): void;
  end(): void;
}

/** @param zone in which the start is shown. Default: this machine's */
export async function statusLine(zone?: string): Promise<StatusLine> {
  const pace = new Pace();
  // A terminal of unknown width cannot be drawn on.
  if (!process.stderr.isTTY || !process.stderr.columns) return plainLine(pace, zone);
  const { default: ora } = await import('ora');
  // Ctrl-C stays a signal: the spinner must not take the terminal's input.
  const color = isColoured(process.stderr) ? 'cyan' : false;
  const spinner = ora({ discardStdin: false, text: 'Starting', color }).start();
  return {
    show(progress) {
      pace.note(progress, Date.now());
      spinner.text = `${alarm(progress)}${headline(progress, zone)}${paceOf(pace, progress)}${countdown(progress)}${trouble(progress)}`;
    },
    say(text) {
      spinner.clear();
      say(text);
    },
    end() {
      spinner.stop();
    },
  };
}

function plainLine(pace: Pace, zone: string | undefined): StatusLine {
  let last = '';
  return {
    show(progress) {
      pace.note(progress, Date.now());
      const line = `${alarm(progress)}${headline(progress, zone)}${trouble(progress)}`;
      // That there is less time left is no change.
      if (line !== last)
        say(`${alarm(progress)}${headline(progress, zone)}${paceOf(pace, progress)}${trouble(progress)}`);
      last = line;
    },
    say,
    end() {},
  };
}

function alarm(progress: LiveProgress): string {
  const warning = warningOf(progress);
  return warning === undefined ? '' : `${printable(warning, 1_000)}\n  `;
}

function paceOf(pace: Pace, progress: LiveProgress): string {
  const text = pace.text(progress);
  return text === '' ? '' : ` · ${text}`;
}

type Headed = Pick<LiveProgress, 'state' | 'settled' | 'contacts' | 'counts' | 'startsAt' | 'cost' | 'costIsEstimate'>;

/**
 * Where a campaign is. What a person must know before all else stands before it in {@link statusLine}.
 * @param zone in which the start is shown. Default: this machine's
 */
export function headline(
  { state, settled, contacts, counts, startsAt, cost, costIsEstimate }: Headed,
  zone?: string,
): string {
  const total = contacts?.valid ?? 0;
  const moving = Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([status, n]) => `${n} ${printable(status)}`);
  const money = cost === null ? '' : ` · cost ${costIsEstimate ? 'about ' : ''}${(cost / 100).toFixed(2)}`;
  const calls = `${bar(settled, total)} ${settled} of ${total} done${moving.length > 0 ? ` (${moving.join(', ')})` : ''}${money}`;
  switch (state) {
    case 'validating':
      return 'Checking the contacts';
    case 'creating':
      return `Creating the batch of ${total}`;
    case 'scheduling':
      return `Scheduling the batch of ${total}`;
    case 'waiting':
      return startsAt === null
        ? 'Waiting for the start'
        : `Waiting for the start, ${inBothZones(Date.parse(startsAt), zone)}`;
    case 'running':
      return `Calling ${calls}`;
    case 'halting':
      return `Halting ${calls}`;
    case 'collecting':
      return `Collecting the results of ${total} calls`;
    default:
      return state;
  }
}

function countdown({ state, startsAt }: LiveProgress): string {
  if (state !== 'waiting' || startsAt === null) return '';
  const seconds = Math.max(0, Math.round((Date.parse(startsAt) - Date.now()) / 1000));
  return seconds < 120 ? `, in ${seconds} s` : `, in ${Math.round(seconds / 60)} min`;
}

function trouble({ lastError, attempt }: LiveProgress): string {
  return lastError ? `\n  attempt ${attempt}: ${printable(lastError, 200)}` : '';
}

const BAR_WIDTH = 24;

function bar(done: number, total: number): string {
  const full = total === 0 ? 0 : Math.min(BAR_WIDTH, Math.round((done / total) * BAR_WIDTH));
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}`;
}
