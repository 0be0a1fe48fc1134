import type { EChartsOption } from 'echarts';
import { DURATION_LABELS, type Durations } from '../durations';
import type { Html } from '../html';
import { GROUPS } from '../outcomes';
import type { OutcomeSums } from '../tally';
import type { Bar, Timeline } from '../timeline';
import { figure } from './svg';
import { amount, count, counted, dayOf, share, stepText, timeOf } from './words';

const INK = 'var(--ink)';
const MUTED = 'var(--muted)';
const LINE = 'var(--line)';
const LETTERS = 12;

const label = { color: MUTED, fontSize: LETTERS };
const noLine = { show: false };
const countAxis = {
  type: 'value' as const,
  minInterval: 1,
  splitNumber: 3,
  axisLabel: { ...label, formatter: (value: number) => count(value) },
  splitLine: { lineStyle: { color: LINE } },
};

/** The shares of all results in one line. */
export function outcomesChart(outcomes: readonly OutcomeSums[], rows: number): Html {
  const says = outcomes.map(({ outcome, rows: some }) => `${outcome} ${share(some, rows)}`).join(', ');
  return figure(`Outcomes: ${says || 'none'}`, 'full', () => [
    {
      grid: { left: 0, right: 0, top: 0, bottom: 0 },
      xAxis: { type: 'value', max: rows, show: false },
      yAxis: { type: 'category', data: [''], show: false },
      series: outcomes.map(({ outcome, rows: some }) => ({
        type: 'bar',
        stack: 'all',
        barWidth: 22,
        data: [some],
        itemStyle: { color: `var(--${outcome})`, borderColor: 'var(--card)', borderWidth: 1 },
      })),
    },
    26,
  ]);
}

const GROUP_COLOURS = ['var(--completed)', 'var(--no-answer)', 'var(--failed)', 'var(--stopped)'];

/** Calls by the time at which they were over. */
export function timelineChart(timeline: Timeline): Html {
  const { bars, stepMs } = timeline;
  const most = bars.reduce((max, { calls }) => Math.max(max, sum(calls)), 0);
  const says = `Calls over time: ${counted(timeline.calls, 'call')}, at most ${count(most)} in ${stepText(stepMs)}`;
  return figure(says, 'full', (width) => [
    {
      grid: { left: 4, right: 8, top: 34, bottom: 4, containLabel: true },
      legend: {
        left: 0,
        top: 0,
        itemWidth: 12,
        itemHeight: 12,
        itemGap: 16,
        icon: 'roundRect',
        textStyle: { ...label, color: INK },
      },
      xAxis: {
        type: 'category',
        data: bars.map((_, at) => timeLabel(bars, at, stepMs)),
        axisTick: noLine,
        axisLine: { lineStyle: { color: LINE } },
        axisLabel: {
          ...label,
          hideOverlap: true,
          interval: Math.max(0, Math.ceil((bars.length * 64) / width) - 1),
          lineHeight: 15,
        },
      },
      yAxis: countAxis,
      series: GROUPS.map((group, at) => ({ group, at, data: bars.map(({ calls }) => calls[at] ?? 0) }))
        .filter(({ data }) => sum(data) > 0)
        .map(({ group, at, data }) => ({
          type: 'bar',
          name: group,
          stack: 'all',
          data,
          barMaxWidth: 48,
          barCategoryGap: '20%',
          itemStyle: { color: GROUP_COLOURS[at] ?? MUTED },
        })),
    },
    240,
  ]);
}

/** The time of a bar; its day too where that is another than the one before. */
export function timeLabel(bars: readonly Bar[], at: number, stepMs: number): string {
  const from = bars[at]?.from ?? 0;
  const day = dayOf(from);
  if (stepMs >= 24 * 3_600_000) return day;
  const before = bars[at - 1];
  return before === undefined || dayOf(before.from) !== day ? `${timeOf(from)}\n${day}` : timeOf(from);
}

export function durationsChart({ bars, calls }: Durations): Html {
  const says = `How long calls lasted: ${bars.map((some, at) => `${DURATION_LABELS[at]} ${share(some, calls)}`).join(', ')}`;
  return figure(says, 'half', (width) => [
    {
      grid: { left: 0, right: 0, top: 22, bottom: 24 },
      xAxis: {
        type: 'category',
        data: DURATION_LABELS.map((text) =>
          text
            .replace('under ', '<')
            .replace(/ s$/, 's')
            .replace(/ min( \+)?/, 'm$1')
            .replace(' +', '+'),
        ),
        axisTick: noLine,
        axisLine: { lineStyle: { color: LINE } },
        axisLabel: { ...label, fontSize: width < 400 ? 9.5 : 11, interval: 0 },
      },
      yAxis: { type: 'value', show: false },
      series: [
        {
          type: 'bar',
          data: bars,
          barCategoryGap: '14%',
          itemStyle: { color: 'var(--accent)' },
          label: {
            show: true,
            position: 'top',
            color: MUTED,
            fontSize: 11,
            formatter: ({ value }) => (value === 0 ? '' : count(Number(value))),
          },
        },
      ],
    },
    200,
  ]);
}

/** What the calls of each outcome have cost. */
export function costChart(outcomes: readonly OutcomeSums[]): Html {
  const dear = outcomes.filter(({ cost }) => cost > 0);
  return figure(`Cost: ${dear.map(({ outcome, cost }) => `${outcome} ${amount(cost)}`).join(', ')}`, 'half', () => [
    lines(
      dear.map(({ outcome, cost }) => ({ name: outcome, value: cost, colour: `var(--${outcome})` })),
      amount,
    ),
    dear.length * 30 + 4,
  ]);
}

/** How often calls were tried again. @param last the highest number that any call has */
export function retriesChart(retries: readonly number[], last: number): Html {
  const named = retries
    .slice(0, last + 1)
    .map((calls, times) => ({ name: retriesName(times, retries.length), value: calls }));
  const says = named.map(({ name, value }) => `${name} ${counted(value, 'call')}`).join(', ');
  return figure(`Retries: ${says}`, 'half', () => [
    lines(
      named.map((line) => ({ ...line, colour: 'var(--accent)' })),
      count,
    ),
    named.length * 30 + 4,
  ]);
}

function retriesName(times: number, lines: number): string {
  if (times === 0) return 'not tried again';
  return `${times}${times === lines - 1 ? ' or more' : ''} ${times === 1 ? 'retry' : 'retries'}`;
}

/** The library can only guess how wide letters are, so it is not asked to find room for them. */
const NAMES_WIDTH = 112;

interface Line {
  name: string;
  value: number;
  colour: string;
}

/** Bars that lie, with their names in front and their values behind. */
function lines(named: readonly Line[], format: (value: number) => string): EChartsOption {
  return {
    grid: { left: NAMES_WIDTH, right: 64, top: 0, bottom: 0 },
    xAxis: { type: 'value', show: false },
    yAxis: {
      type: 'category',
      inverse: true,
      data: named.map(({ name }) => name),
      axisTick: noLine,
      axisLine: noLine,
      axisLabel: { ...label, color: INK, fontSize: 13, align: 'left', margin: NAMES_WIDTH },
    },
    series: [
      {
        type: 'bar',
        barWidth: 14,
        data: named.map(({ value, colour }) => ({ value, itemStyle: { color: colour } })),
        label: {
          show: true,
          position: 'right',
          color: MUTED,
          fontSize: LETTERS,
          formatter: ({ value }) => format(Number(value)),
        },
      },
    ],
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
