import Table from 'cli-table3';
import { KINDS } from './faults/fault';
import type { Outcome } from './run';
import { COUNTS, type CountName, type Counts, noCounts } from './verdict';

/** Plain text also where colours are shown: it is read in logs. */
const STYLE = { head: [], border: [], compact: true };
const NAMES = Object.keys(COUNTS) as CountName[];

export function isWrong({ counts }: Pick<Outcome, 'counts'>): boolean {
  return NAMES.some((name) => counts[name] > 0);
}

export function sumOf(outcomes: readonly Outcome[]): Counts {
  const sum = noCounts();
  for (const { counts } of outcomes) for (const name of NAMES) sum[name] += counts[name];
  return sum;
}

/** The counts, by kind of fault and by dialect; a run with several kinds stands in the line of each. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const runs = new Table({ head: ['runs with', 'runs', 'disturbed', 'calls', 'ends'], style: STYLE });
  const line = (name: string, some: readonly Outcome[]) =>
    runs.push([name, some.length, some.filter(({ disturbed }) => disturbed).length, callsOf(some), endsOf(some)]);
  for (const kind of KINDS)
    line(
      kind,
      outcomes.filter(({ kinds }) => kinds.includes(kind)),
    );
  for (const dialect of new Set(outcomes.map((outcome) => outcome.dialect)))
    line(
      `${dialect} dialect`,
      outcomes.filter((outcome) => outcome.dialect === dialect),
    );
  line('all', outcomes);

  const counts = new Table({ head: ['must be 0', ...KINDS, 'all'], style: STYLE });
  for (const name of NAMES) {
    const by = KINDS.map((kind) => sumOf(outcomes.filter(({ kinds }) => kinds.includes(kind)))[name]);
    counts.push([COUNTS[name], ...by, sumOf(outcomes)[name]]);
  }
  return `${runs}\n${counts}`;
}

/** What went wrong in a run, and how to repeat it. */
export function complaintOf(outcome: Outcome, command: string): string {
  const wrong = NAMES.filter((name) => outcome.counts[name] > 0).map(
    (name) => `${outcome.counts[name]} ${COUNTS[name]}`,
  );
  const [first = ''] = outcome.trace ?? [];
  return [`Run ${outcome.run}: ${wrong.join('; ')} (${outcome.end})`, ...outcome.words, first, command].join('\n  ');
}

function callsOf(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { calls }) => sum + calls, 0);
}

function endsOf(outcomes: readonly Outcome[]): string {
  const ends = new Map<string, number>();
  for (const { end } of outcomes) ends.set(end, (ends.get(end) ?? 0) + 1);
  return [...ends].map(([end, count]) => `${count} ${end}`).join(', ');
}
