import { cut } from '../../contacts/cut';
import type { CampaignReport } from '../campaign-report';
import { type Html, html } from '../html';

const MOST_LETTERS = 2000;

/** Where everything is that the page was made of. */
export function filesSection({ summary }: CampaignReport): Html {
  const { results, executions, rejected } = summary.files;
  const files = [
    ['A line for each row of the file', results],
    ['Every execution as Bolna gave it, with its transcript', executions],
    ['Rows that were not to be called, and why', rejected],
  ] as const;
  return html`<section aria-labelledby="files"><h2 id="files">Files</h2><dl class="files">${files.map(
    ([what, address]) =>
      address === undefined
        ? undefined
        : html`<div><dt>${what}</dt><dd><code>${cut(address, MOST_LETTERS)}</code></dd></div>`,
  )}</dl></section>`;
}
