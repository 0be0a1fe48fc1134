import type { CampaignReport } from '../campaign-report';
import { type Html, html } from '../html';
import { count, counted } from './words';

/** The table of calls, which the script fills, and what of it this page has no room for. */
export function callsSection(report: CampaignReport): Html {
  return html`<section aria-labelledby="calls" class="calls"><h2 id="calls">Calls</h2>
${leftOut(report)}
<p id="unscripted" class="reason">The table of calls needs JavaScript, which this viewer does not run: open the page in a browser.</p>
<form id="filter" role="search" hidden>
<div><label for="search">Search</label><input type="search" id="search" autocomplete="off" spellcheck="false" placeholder="Number, name, reason, words of a transcript"></div>
<div><label for="outcome">Outcome</label><select id="outcome"><option value="">all</option></select></div>
<div><label for="order">Order</label><select id="order"><option value="">as in the file</option><option value="seconds">longest first</option><option value="cost">dearest first</option><option value="retries">most retries first</option></select></div>
</form>
<p id="found" class="hint" role="status"></p>
<table id="rows" hidden><thead><tr><th scope="col">Contact</th><th scope="col">Outcome</th><th scope="col" class="wide-only">Reason</th><th scope="col">Time</th><th scope="col" class="wide-only">Cost</th><th scope="col" class="wide-only">Retries</th><th scope="col" class="wide-only">Line</th></tr></thead></table>
<p><button type="button" id="more" hidden></button></p>
</section>
`;
}

/** What is not in the page, and where it is. */
function leftOut({ tally, rows, transcripts, summary }: CampaignReport): Html | undefined {
  const { results, executions } = summary.files;
  const texts: Html[] = [];
  if (rows.length < tally.rows) {
    texts.push(
      html`This page has room for ${count(rows.length)} of ${counted(tally.rows, 'row')}, the first of each outcome. All are in <code>${results}</code>.`,
    );
  }
  const [missing, cutShort] = [transcripts.leftOut.length, transcripts.shortened];
  if (missing + cutShort > 0) {
    const cases = [
      missing > 0 ? `${counted(missing, 'transcript is', 'transcripts are')} left out for want of room` : '',
      cutShort > 0 ? `${counted(cutShort, 'long one is', 'long ones are')} cut short` : '',
    ];
    texts.push(
      html`Of these rows, ${cases.filter(Boolean).join(', and ')}. All are whole in <code>${executions ?? 'the executions'}</code>.`,
    );
  }
  return texts.length > 0 ? html`<div class="left-out">${texts.map((text) => html`<p>${text}</p>`)}</div>` : undefined;
}
