import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../test/support/browser';

const WIDTH = 1440;

export interface Shot {
  /** Name of the picture, without its ending. */
  name: string;
  url: string;
  /** Pixels; the width is the same everywhere. */
  height: number;
  /** Resolves once what is to be seen is there. */
  ready?: (page: Page) => Promise<unknown>;
  /** What the page keeps in the browser of whoever uses it, by its key. */
  stored?: Record<string, unknown>;
}

/** Takes pictures of pages, in a browser without a window. */
export class Camera {
  private constructor(
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  static async open(folder: string): Promise<Camera> {
    mkdirSync(folder, { recursive: true });
    return new Camera(await startBrowser(), folder);
  }

  async take({ name, url, height, ready, stored }: Shot): Promise<void> {
    const page = await this.browser.newPage({
      viewport: { width: WIDTH, height },
      locale: 'en',
      timezoneId: 'Asia/Kolkata',
      ...(stored && { storageState: keptBy(url, stored) }),
    });
    try {
      await page.goto(url);
      await ready?.(page);
      const path = join(this.folder, `${name}.png`);
      await page.screenshot({ path });
      console.log(path);
    } finally {
      await page.close();
    }
  }

  close(): Promise<void> {
    return this.browser.close();
  }
}

function keptBy(url: string, stored: Record<string, unknown>) {
  const localStorage = Object.entries(stored).map(([name, value]) => ({ name, value: JSON.stringify(value) }));
  return { cookies: [], origins: [{ origin: new URL(url).origin, localStorage }] };
}
