/** The browser of the machine, for tests that need one: Chromium, driven by playwright-core, which brings none of its own. */
import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/usr/bin/google-chrome-stable'];

/** @returns the path of an installed Chromium; CHROMIUM overrules. Undefined where there is none */
export const findBrowser = (): string | undefined => [process.env['CHROMIUM'], ...known].find((path) => path !== undefined && existsSync(path));

/** To be called inside a describe that is skipped where {@link findBrowser} finds nothing. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: findBrowser()!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());
  return () => browser;
}
