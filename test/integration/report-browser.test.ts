import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { LocalStorage } from '../../storage/local';
import { startBrowser } from '../support/browser';
import { removeFolder, temporaryFolder } from '../support/folders';
import { leaveCampaign } from '../support/left-campaign';
import { csvOf, numberOf } from '../support/rig';

const ATTACKS = [
  '<script>alert(1)</script>',
  '</script><script>alert(2)</script>',
  '<img src="https://attacker.example/x" onerror="alert(3)">',
  '<svg onload=alert(4)>',
  '<a href="javascript:alert(5)">click</a>',
  'javascript:alert(6)',
  '--><!--<script>',
];
const TRANSCRIPT = ['assistant: Hello Asha.', ...ATTACKS.map((attack) => `user: ${attack}`), 'user: مرحبا 😀\0.'].join(
  '\n',
);
const ROWS = 250;

let browser: Browser;
let folder: string;
let file: string;
beforeAll(async () => {
  folder = temporaryFolder('report-');
  const storage = new LocalStorage(folder);
  const executions = Array.from({ length: ROWS }, (_, at) => ({
    id: `e-${at}`,
    status: at % 5 === 4 ? 'busy' : 'completed',
    user_number: numberOf(at),
    transcript:
      at === 0 ? TRANSCRIPT : at % 5 === 4 ? '' : `assistant: Hello.\nuser: I am person number ${at}, really.`,
    error_message: at === 0 ? ATTACKS.join(' ') : null,
    telephony_data: {
      duration: at,
      to_number: numberOf(at),
      recording_url: at === 1 ? 'https://r.example/1.mp3' : ATTACKS[at % 7],
    },
    extracted_data: at === 0 ? ATTACKS : null,
    total_cost: at,
    updated_at: new Date(Date.UTC(2026, 5, 23, 7, at)).toISOString(),
  }));
  const attack = ATTACKS.join(' ').replaceAll('"', '""');
  const input = `${csvOf(ROWS, `contact_number,"${attack}"`)}12,"${attack}"\n`;
  const { files } = await leaveCampaign(storage, {
    input,
    executions,
    ask: { reason: ATTACKS.join(' '), notes: ATTACKS },
  });
  file = files.report ?? '';
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  removeFolder(folder);
});

const DESKTOP = { viewport: { width: 1280, height: 900 } };
const PHONE = { viewport: { width: 360, height: 780 }, isMobile: true, hasTouch: true };

/** Opens the page, and fails where anything in it runs, loads or complains that should not. */
async function withPage(options: BrowserContextOptions, look: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext(options);
  const happened: string[] = [];
  context.on('request', (request) => request.url() !== file && happened.push(`request ${request.url()}`));
  context.on('console', (message) => happened.push(`${message.type()} ${message.text()}`));
  context.on('dialog', (dialog) => {
    happened.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('weberror', (error) => happened.push(`error ${error.error().message}`));
  try {
    const page = await context.newPage();
    await page.goto(file);
    await look(page);
    expect(happened).toEqual([]);
  } finally {
    await context.close();
  }
}

const shown = (page: Page) => page.locator('#rows tbody');
/** What a browser makes of the page's style. */
const style = (page: Page, selector: string, property: string): Promise<string> =>
  page.evaluate(`getComputedStyle(document.querySelector('${selector}')).${property}`);
const found = (page: Page) => page.locator('#found').textContent();

describe.each([
  ['a desk', DESKTOP],
  ['a phone', PHONE],
])('on %s', (_, options) => {
  test('the page fits, and nothing of what callees, upstream systems and Bolna wrote runs', () =>
    withPage(options, async (page) => {
      expect(await page.title()).toBe('c · completed');
      expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('c completed');
      const { inner, scrolled } = (await page.evaluate(
        '({ inner: innerWidth, scrolled: document.documentElement.scrollWidth })',
      )) as { inner: number; scrolled: number };
      expect(scrolled).toBeLessThanOrEqual(inner);
      for (const button of (await page.locator('#rows .opens').all()).slice(0, 8)) await button.click();
      expect(
        await page.locator('#rows script, #rows img, #rows svg, header script, header img, header svg').count(),
      ).toBe(0);
      expect(await page.locator('script').count()).toBe(2);
      expect(await page.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
        'https://r.example/1.mp3',
      ]);
    }));

  test('a row opens to its transcript, turn by turn, and closes again', () =>
    withPage(options, async (page) => {
      const button = page.getByRole('button', { name: numberOf(0) });
      expect(await page.locator('.transcript').count()).toBe(0);
      await button.click();
      expect(await button.getAttribute('aria-expanded')).toBe('true');
      const turns = page.getByRole('region', { name: 'Transcript' }).locator('p');
      expect(await turns.locator('b').allTextContents()).toEqual([
        'Agent',
        ...Array(ATTACKS.length + 1).fill('Person'),
      ]);
      expect(await turns.locator('span').allTextContents()).toEqual(['Hello Asha.', ...ATTACKS, 'مرحبا 😀\0.']);
      expect(await turns.first().isVisible()).toBe(true);
      await button.click();
      expect(await page.locator('.transcript').count()).toBe(0);
    }));
});

test('rows are found by number, by words of a transcript and by outcome, and shown a hundred at a time', () =>
  withPage(DESKTOP, async (page) => {
    expect(await shown(page).count()).toBe(100);
    expect(await found(page)).toBe('251 rows, the first 100 are shown.');
    await page.getByRole('button', { name: 'Show 100 more' }).click();
    expect(await shown(page).count()).toBe(200);

    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('person NUMBER 123,');
    expect(await found(page)).toBe('1 row found of 251.');
    expect(await page.locator('#rows .number').textContent()).toBe(numberOf(123));
    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill(numberOf(7).slice(2));
    expect(await found(page)).toBe('1 row found of 251.');
    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('nobody at all');
    expect(await found(page)).toBe('No row is like that.');
    expect(await page.locator('#rows').isVisible()).toBe(false);

    await page.getByRole('searchbox', { name: 'Search', exact: true }).fill('');
    await page.getByRole('combobox', { name: 'Outcome', exact: true }).selectOption('busy');
    expect(await found(page)).toBe('50 rows found of 251.');
    expect(new Set(await page.locator('#rows .outcome').allTextContents())).toEqual(new Set(['busy']));
    await page.getByRole('combobox', { name: 'Order', exact: true }).selectOption('seconds');
    expect(await page.locator('#rows .number').first().textContent()).toBe(numberOf(249));
    await page.getByRole('combobox', { name: 'Outcome', exact: true }).selectOption('rejected');
    expect(await page.locator('#rows .number').allTextContents()).toEqual(['12']);
  }));

test('on paper the table has all its rows, with headers and without what can only be clicked', () =>
  withPage(DESKTOP, async (page) => {
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(await shown(page).count()).toBe(ROWS + 1);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('#rows thead').isVisible()).toBe(true);
    const display = await style(page, '#rows thead', 'display');
    expect(display).toBe('table-header-group');
    const background = await style(page, 'section', 'backgroundColor');
    expect(background).toBe('rgb(255, 255, 255)');
  }));

test('in the dark it is dark, and on paper light again', () =>
  withPage({ ...DESKTOP, colorScheme: 'dark' }, async (page) => {
    const lightness = async () => {
      const colour = await style(page, 'body', 'backgroundColor');
      return Math.max(...(colour.match(/\d+/g) ?? []).map(Number));
    };
    expect(await lightness()).toBeLessThan(60);
    await page.emulateMedia({ media: 'print' });
    expect(await lightness()).toBe(255);
  }));

test('charts are pictures with words for those who do not see them, and drawn for the width there is', () =>
  withPage(PHONE, async (page) => {
    const names = await page
      .getByRole('img')
      .evaluateAll((images) => images.map((image) => image.getAttribute('aria-label')));
    expect(names).toEqual(
      ['Outcomes: ', 'Calls over time: ', 'How long calls lasted: ', 'Cost: '].map((start) =>
        expect.stringMatching(`^${start}`),
      ),
    );
    expect(await page.locator('.wide svg').first().isVisible()).toBe(false);
    expect(await page.locator('.narrow svg').first().isVisible()).toBe(true);
    const headings = await page.getByRole('heading').allTextContents();
    expect(headings).toEqual([
      'c completed',
      'Outcomes',
      'Calls over time',
      'Durations',
      'Cost',
      'Retries',
      'Reasons for rejection',
      'Reasons for calls not completed',
      'Calls',
      'Files',
    ]);
    for (const cell of await page.locator('thead th').all()) expect(await cell.getAttribute('scope')).toBe('col');
  }));

test('without scripts the counts are there, and how to see the calls is said', () =>
  withPage({ ...DESKTOP, javaScriptEnabled: false }, async (page) => {
    expect(await page.getByText('The table of calls needs JavaScript').isVisible()).toBe(true);
    expect(await page.locator('#filter').isVisible()).toBe(false);
    expect(await page.locator('.numbers').first().isVisible()).toBe(true);
  }));
