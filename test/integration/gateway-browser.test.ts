import type { Browser, Locator, Page } from 'playwright-core';
import { startBrowser } from '../support/browser';
import { GatewayRig } from '../support/gateway-rig';
import { until } from '../support/processes';

/** The page to try the gateway with, in a real browser. */

let rig: GatewayRig;
let browser: Browser;
let page: Page;
/** What the page has asked of other hosts, and what the browser complained about. */
const elsewhere: string[] = [];
const complaints: string[] = [];
beforeAll(async () => {
  rig = await GatewayRig.start();
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('request', (request) => {
    if (!request.url().startsWith(rig.url) && !request.url().startsWith('data:')) elsewhere.push(request.url());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${rig.url}/docs`);
});
afterAll(async () => {
  await browser?.close();
  await rig?.close();
});

/** Clicks until it shows: a click does nothing that comes before the page listens for it. */
async function open(button: Locator, shown: Locator): Promise<void> {
  await until(
    () => `${shown} after a click on ${button}`,
    async () => {
      if (await shown.isVisible()) return true;
      await button.click();
      return shown.waitFor({ timeout: 3_000 }).then(
        () => true,
        () => false,
      );
    },
  );
}

/** Sends `GET /campaigns` from the page. @returns the status that it shows */
async function tryList(): Promise<string> {
  const route = page.locator('.opblock-get').filter({ hasText: '/campaigns' }).first();
  const tryOut = route.locator('.try-out__btn');
  const send = route.locator('.execute');
  await open(route.locator('.opblock-summary'), tryOut);
  await open(tryOut, send);
  const answered = page.waitForResponse((response) => response.url().startsWith(`${rig.url}/campaigns`));
  await send.click();
  await answered;
  return route.locator('.live-responses-table tbody .response-col_status').first().innerText();
}

async function giveToken(token: string): Promise<void> {
  await page.locator('.btn.authorize').first().click();
  const dialog = page.locator('.dialog-ux');
  await dialog.locator('input').first().fill(token);
  await dialog.locator('.auth-btn-wrapper .authorize').click();
  await dialog.locator('.btn-done').click();
}

test('the page tries a route without a token and with one, and needs nothing of another host', async () => {
  await page.locator('.opblock').first().waitFor();
  expect(await tryList()).toMatch(/^401/);
  await giveToken(rig.held.reader);
  expect(await tryList()).toMatch(/^200/);
  expect(elsewhere).toEqual([]);
  expect(complaints).toEqual([]);
});
