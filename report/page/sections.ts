import type { CampaignReport } from '../campaign-report';
import { type Html, html, type Part } from '../html';
import { GROUPS, isPlaced } from '../outcomes';
import type { Reasons } from '../reasons';
import { costChart, durationsChart, outcomesChart, retriesChart, timelineChart } from './charts';
import { amount, count, counted, dayOf, duration, share, stepText, timeOf } from './words';

const MOST_REASONS = 12;

/** Everything that is counted over all rows. */
export function chartSections(report: CampaignReport): Html {
  if (isCertainlyNobody(report))
    return html`${outcomes(report)}<div class="columns"><div>${refused(report)}</div><div>${incomplete(report)}</div></div>`;
  return html`${outcomes(report)}${overTime(report)}<div class="columns"><div>${durations(report)}${cost(report)}</div><div>${retries(report)}${refused(report)}${incomplete(report)}</div></div>`;
}

function isCertainlyNobody({ tally, timeline, executions }: CampaignReport): boolean {
  const isDoubtful = executions.unreadable > 0 || executions.missingFiles > 0;
  return timeline.calls === 0 && tally.cost === 0 && tally.rowsWith(isPlaced) === 0 && !isDoubtful;
}

function section(id: string, title: string, hint: Part, body: Part): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${hint ? html`<p class="hint">${hint}</p>` : undefined}${body}</section>
`;
}

function outcomes({ tally }: CampaignReport): Html {
  const { rows } = tally;
  if (rows === 0) return section('outcomes', 'Outcomes', undefined, html`<p>The file has no rows.</p>`);
  const lines = tally.outcomes.map(
    (sums) =>
      html`<tr><th scope="row"><i class="dot o-${sums.outcome}"></i>${sums.outcome}</th><td>${count(sums.rows)}</td><td>${share(sums.rows, rows)}</td><td class="wide-only">${sums.seconds > 0 ? duration(sums.seconds) : '–'}</td><td>${sums.cost > 0 ? amount(sums.cost) : '–'}</td></tr>`,
  );
  const table = html`<table class="numbers"><thead><tr><th scope="col">Outcome</th><th scope="col">Rows</th><th scope="col">Share</th><th scope="col" class="wide-only">Time</th><th scope="col">Cost</th></tr></thead><tbody>${lines}</tbody><tfoot><tr><th scope="row">All rows</th><td>${count(rows)}</td><td></td><td class="wide-only">${duration(tally.seconds)}</td><td>${amount(tally.cost)}</td></tr></tfoot></table>`;
  return section('outcomes', 'Outcomes', undefined, html`${outcomesChart(tally.outcomes, rows)}${table}`);
}

function overTime({ timeline, executions, summary }: CampaignReport): Html {
  const title = 'Calls over time';
  const { bars, stepMs } = timeline;
  const doubts = [
    timeline.withoutTime > 0 ? `${counted(timeline.withoutTime, 'call has', 'calls have')} no time.` : '',
    missingText(executions),
    executions.unreadable > 0 ? `${counted(executions.unreadable, 'execution')} could not be read.` : '',
  ];
  const hintOf = (text: string) => [text, ...doubts].filter(Boolean).join(' ');
  if (timeline.calls === 0) {
    const why = summary.files.executions ? 'Bolna told of no calls that have a time.' : 'No executions were collected.';
    return section('time', title, hintOf(why), undefined);
  }
  const hint = hintOf(`By when they were over, in steps of ${stepText(stepMs)}.`);
  const some = GROUPS.map((group, at) => ({ group, at })).filter(({ at }) => bars.some(({ calls }) => calls[at]));
  const lines = bars
    .filter(({ calls }) => calls.some((each) => each > 0))
    .map(
      ({ from, calls }) =>
        html`<tr><th scope="row">${dayOf(from)} ${timeOf(from)}</th>${some.map(({ at }) => html`<td>${count(calls[at] ?? 0)}</td>`)}</tr>`,
    );
  const table = html`<table class="numbers"><thead><tr><th scope="col">From (UTC)</th>${some.map(({ group }) => html`<th scope="col">${group}</th>`)}</tr></thead><tbody>${lines}</tbody></table>`;
  return section('time', title, hint, html`${timelineChart(timeline)}${numbers(table)}`);
}

function missingText({ missingFiles, files }: CampaignReport['executions']): string {
  if (missingFiles === 0) return '';
  return files === 1
    ? 'The executions are missing.'
    : `The executions of ${count(missingFiles)} of ${counted(files, 'batch', 'batches')} are missing.`;
}

/** The numbers behind a chart, for those who want them or do not see it. */
function numbers(table: Html): Html {
  return html`<details class="numbers-of"><summary>Numbers</summary>${table}</details>`;
}

function durations({ tally }: CampaignReport): Html {
  const { durations: told } = tally;
  const half = told.percentile(0.5);
  const most = told.percentile(0.9);
  if (half === undefined || most === undefined)
    return section('durations', 'Durations', undefined, html`<p class="none">Nobody spoke.</p>`);
  const silent =
    told.silent > 0
      ? ` ${counted(told.silent, 'call')} in which nobody spoke ${told.silent === 1 ? 'is' : 'are'} not counted.`
      : '';
  const hint = `Half of the calls lasted ${duration(half)} or less, nine of ten ${duration(most)} or less.${silent}`;
  return section('durations', 'Durations', hint, durationsChart(told));
}

function cost({ tally }: CampaignReport): Html {
  if (tally.cost === 0) return section('cost', 'Cost', undefined, html`<p class="none">Nothing was charged.</p>`);
  const { calls } = tally.durations;
  const each = calls > 0 ? `, ${amount(tally.cost / calls)} for each call in which somebody spoke` : '';
  const perMinute = tally.seconds > 0 ? `, ${amount(tally.cost / (tally.seconds / 60))} a minute` : '';
  return section('cost', 'Cost', `${amount(tally.cost)} in all${each}${perMinute}.`, costChart(tally.outcomes));
}

function retries({ tally }: CampaignReport): Html {
  const last = tally.retries.findLastIndex((calls) => calls > 0);
  if (tally.allRetries === 0 || last < 1) {
    return section('retries', 'Retries', undefined, html`<p class="none">Nobody was called again.</p>`);
  }
  const hint = `${counted(tally.allRetries, 'call was', 'calls were')} made again.`;
  return section('retries', 'Retries', hint, retriesChart(tally.retries, last));
}

function refused({ tally }: CampaignReport): Html {
  const title = 'Reasons for rejection';
  const { refused: told } = tally;
  if (told.all === 0) return section('refused', title, undefined, html`<p class="none">No row was rejected.</p>`);
  return section('refused', title, `${counted(told.all, 'row')} left out before the calls.`, reasonsTable(told));
}

function incomplete({ tally }: CampaignReport): Html | undefined {
  const { incomplete: told } = tally;
  if (told.all === 0) return undefined;
  const hint = `${counted(told.all, 'row')} to be called, without a completed call.`;
  return section('incomplete', 'Reasons for calls not completed', hint, reasonsTable(told));
}

function reasonsTable(told: Reasons): Html {
  const { reasons: top, others } = told.top(MOST_REASONS);
  const line = (reason: string, rows: number) =>
    html`<tr><th scope="row" dir="auto">${reason}</th><td>${count(rows)}</td><td>${share(rows, told.all)}</td></tr>`;
  return html`<table class="numbers reasons"><thead><tr><th scope="col">Reason</th><th scope="col">Rows</th><th scope="col">Share</th></tr></thead><tbody>${top.map(({ reason, rows }) => line(reason, rows))}${others > 0 ? line('other reasons', others) : undefined}</tbody></table>`;
}
