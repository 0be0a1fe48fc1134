import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../test/support/browser';
import { startNode, until } from '../test/support/processes';

const [PICTURES = join('docs', 'pictures'), PEOPLE = '240'] = process.argv.slice(2);
const WIDTH = 1440;
const SPEED = 60;

/**
 * `npm run screenshots [-- FOLDER PEOPLE]`: runs a campaign with the simulator on a real Temporal server, and takes the pictures of the
 * README while it runs and at its end.
 */
async function main(): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'screenshots-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const browser = await startBrowser();
  const csv = join(folder, 'recipients.csv');
  writeFileSync(csv, people());
  const { HOME, TEMPORAL_CLI_PATH } = process.env;
  const env = { HOME, TEMPORAL_CLI_PATH, CAMPAIGN_HOME: join(folder, 'home') };
  const cli = resolve('dist', 'client', 'cli.js');
  const run = startNode(
    [cli, 'run', '--simulate', '--csv', csv, '--id', 'morning', '--speed', `${SPEED}`, '--json'],
    env,
  );
  try {
    const half = until(run.stderr, () => /[1-9]\d completed/.test(run.stderr()), 180_000);
    await Promise.race([half, run.exited]);
    const ui = /Temporal UI: (\S+)/.exec(run.stderr())?.[1];
    if (ui === undefined) throw new Error(`No address of the Temporal UI:\n${run.stderr()}`);
    // Held for the picture: on a slow machine the campaign could be over before the page is there. The server goes on.
    run.signal('SIGSTOP');
    const steps = (page: Page) => page.getByText(`Wait for ${PEOPLE} calls`).first().waitFor();
    await picture(browser, 'temporal-ui', ui, 900, steps).finally(() => run.signal('SIGCONT'));

    const { code } = await run.exited;
    if (code !== 0) throw new Error(`The campaign ended with ${code}:\n${run.stderr()}`);
    const { files } = JSON.parse(run.stdout().trimEnd().split('\n').at(-1) ?? '');
    await picture(browser, 'report', String(pathToFileURL(join(dirname(files.results), 'report.html'))), 740);
  } finally {
    await run.end('SIGTERM');
    await browser.close();
  }
}

async function picture(
  browser: Browser,
  name: string,
  url: string,
  height: number,
  ready: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const page = await browser.newPage({ viewport: { width: WIDTH, height }, locale: 'en', timezoneId: 'Asia/Kolkata' });
  try {
    await page.goto(url);
    await ready(page);
    const path = join(PICTURES, `${name}.png`);
    await page.screenshot({ path });
    console.log(path);
  } finally {
    await page.close();
  }
}

/** Numbers that are reserved for fiction, a few that are not numbers, and one that comes twice. */
function people(): string {
  const rows = Array.from({ length: Number(PEOPLE) }, (_, i) => {
    const area = ['202', '212', '303'][Math.floor(i / 100)];
    return `+1${area}55501${String(i % 100).padStart(2, '0')},Person ${i + 1}`;
  });
  return ['contact_number,customer_name', ...rows, '9.19877E+11,Rounded', '12345,Short', rows[0], ''].join('\n');
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
