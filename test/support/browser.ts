/** The browser of the machine, for tests that need one: Chromium, driven by playwright-core, which brings none of its own. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @returns the path of an installed Chromium: CHROMIUM, else the first in PATH. Undefined where there is none, which is printed, since tests are then skipped */
export function findBrowser(): string | undefined {
  const { CHROMIUM = '', PATH = '' } = process.env;
  const candidates = CHROMIUM === '' ? PATH.split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))) : [CHROMIUM];
  const found = candidates.find(isExecutable);
  if (found === undefined) process.stdout.write('Browser tests are skipped: no Chromium is installed (CHROMIUM can name one)\n');
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** To be called inside a describe that is skipped where {@link findBrowser} finds nothing. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    // Chromium's sandbox refuses root, as which containers run.
    browser = await chromium.launch({ executablePath: findBrowser()!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return () => browser;
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong so far: errors and warnings of the console, exceptions, requests to elsewhere, which are not let through. */
  readonly complaints: string[];
  /** `GET http://127.0.0.1:40123/docs/` */
  readonly requests: string[];
}

/** @returns a new page that reaches this machine only; it is closed with the browser */
export async function openPage(browser: Browser): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1000 } });
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    if (/^https?:/.test(request.url())) requests.push(`${request.method()} ${request.url()}`);
  });
  await context.route((url) => /^https?:$/.test(url.protocol) && url.hostname !== '127.0.0.1', (route) => {
    complaints.push(`request to elsewhere: ${route.request().url()}`);
    return route.abort();
  });
  return { page, complaints, requests };
}
