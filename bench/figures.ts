import Table from 'cli-table3';

/** One measured number. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** The value it should have: at least, or at most. */
  goal?: { least: number } | { most: number };
  /** Whether it was counted, so that it is the same on any machine, however busy. */
  counted?: boolean;
}

/** What a section of the bench found. */
export interface Section {
  name: string;
  /** What was set up, so that the figures can be read. */
  setting: string;
  figures: Figure[];
}

export function isReached({ value, goal }: Figure): boolean {
  if (!goal) return true;
  return 'least' in goal ? value >= goal.least : value <= goal.most;
}

export function tableOf({ name, setting, figures }: Section): string {
  const table = new Table({ head: ['', 'measured', 'goal', ''], style: { head: [], border: [] } });
  for (const figure of figures) {
    const { what, value, unit, goal } = figure;
    const wanted = goal ? ('least' in goal ? `≥ ${number(goal.least)}` : `≤ ${number(goal.most)}`) : '';
    table.push([what, `${number(value)} ${unit}`, wanted, goal ? (isReached(figure) ? 'reached' : 'MISSED') : '']);
  }
  return `\n${name}: ${setting}\n${table.toString()}`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

/** The value that a share of all values do not exceed. @param share 0 to 1 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(Math.ceil(sorted.length * share), sorted.length) - 1] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);
