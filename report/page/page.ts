import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CampaignReport } from '../campaign-report';
import { Html, html } from '../html';
import { scriptJson } from '../script-json';
import { callsSection } from './calls';
import { filesSection } from './files';
import { headline } from './headline';
import { chartSections } from './sections';
import { STYLE } from './style';

/** The one script of the page: it shows, searches and filters the table of calls. */
const SCRIPT = readFileSync(join(__dirname, 'table.js'), 'utf8');

/**
 * The page as a whole. It asks no other place for anything and its policy would not let it: the one style and the one script are known by
 * their hashes, and whatever else was smuggled in would not run.
 */
export function pageOf(report: CampaignReport): string {
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${report.summary.campaignId} · ${report.summary.status}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
${headline(report)}
<main>
${chartSections(report)}
${callsSection(report)}
${filesSection(report)}
</main>
<footer>Made by bolna-campaigns from what the campaign has left in its storage. Times are UTC, amounts are in the currency of the Bolna account.</footer>
<script type="application/json" id="data">${new Html(dataOf(report))}</script>
<script>${new Html(SCRIPT)}</script>
</body>
</html>
`;
  return markup;
}

function policy(): string {
  const sources = `script-src ${hashOf(SCRIPT)}; style-src ${hashOf(STYLE)}`;
  return `default-src 'none'; ${sources}; base-uri 'none'; form-action 'none'`;
}

function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

/** What the table is made of, see page/table.js. Rows and transcripts are JSON already. */
function dataOf({ columns, rows, transcripts }: CampaignReport): string {
  const json = `[${rows.map((row) => row.json).join(',')}]`;
  const parts = `"rows":${json},"transcripts":${transcripts.json},"leftOut":${scriptJson(transcripts.leftOut)}`;
  return `{"columns":${scriptJson(columns)},${parts}}`;
}
