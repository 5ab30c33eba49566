/** The pages in a real browser: no error on the console, everything by keyboard, paging by clicks, headings and tables as screen readers need them. */
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findBrowser, useBrowser } from '../support/browser.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const isThere = findBrowser() !== undefined;

describe.skipIf(!isThere)(`in Chromium${isThere ? '' : ' (none is installed)'}`, () => {
  const server = useServer();
  const browser = useBrowser();
  const base = (): string => server().base;
  const root = (): string => base().replace(/\/fhir$/, '');
  let page: Page;
  /** What the browser complained of, a blocked style or script included. */
  let complaints: string[];

  beforeAll(async () => {
    await send('PUT', `${base()}/Patient/p`, { body: {
      resourceType: 'Patient', id: 'p', name: [{ family: 'Peñalara', given: ['Jolana'] }], text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><table><tr><th>Name</th><td>Jolana</td></tr></table></div>' },
    } });
    for (let n = 1; n <= 5; n++) {
      await send('PUT', `${base()}/Observation/o${n}`, { body: {
        resourceType: 'Observation', id: `o${n}`, status: 'final', code: { text: `Measure ${n}` }, subject: { reference: 'Patient/p' }, note: [{ text: 'x'.repeat(500) }],
      } });
    }
  });
  beforeEach(async () => {
    page = await browser().newPage();
    complaints = [];
    page.on('console', (message) => void complaints.push(message.text()));
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('requestfailed', (request) => void complaints.push(request.url()));
  });
  afterEach(async () => {
    await page.close();
  });

  const paths = ['/', '/fhir/Patient', '/fhir/Observation?_count=2', '/fhir/Patient/p', '/fhir/Patient/p/_history', '/fhir/Patient/p/_history/1', '/fhir/_history', '/fhir/metadata'];

  it.each(paths)('%s has nothing to complain of, one h1, landmarks, its own style, and a skip link', async (path) => {
    await page.goto(root() + path);
    expect(complaints).toEqual([]);
    expect(await page.locator('h1').count()).toBe(1);
    expect(await page.getByRole('main').count()).toBe(1);
    expect(await page.getByRole('banner').count()).toBe(1);
    expect(await page.getByRole('contentinfo').count()).toBe(1);
    expect(await page.locator('.data tbody tr').filter({ hasNot: page.getByRole('rowheader') }).count()).toBe(0);
    expect(await page.evaluate('getComputedStyle(document.querySelector("header")).borderBottomStyle')).toBe('solid');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  it.each(paths)('%s fits a telephone', async (path) => {
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(root() + path);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
  });

  it.each(['light', 'dark'] as const)('text is readable on its background in the %s scheme', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    for (const path of ['/', '/fhir/Patient/p', '/fhir/Observation', '/fhir/Patient/nobody']) {
      await page.goto(root() + path);
      expect(await page.evaluate(faint), path).toEqual([]);
    }
  });

  it('is walked by clicks: from the first page to the observations, page by page, to one and on to its patient', async () => {
    await page.goto(root());
    await page.getByRole('link', { name: /^Observation/ }).click();
    expect(await page.title()).toBe('Observation · Verbatim');
    await page.getByLabel('Search by parameters').fill('_count=2');
    await page.getByRole('button', { name: 'Search' }).click();
    expect(page.url()).toBe(`${base()}/Observation?_count=2`);
    const names = async (): Promise<string[]> => page.locator('tbody th .name').allTextContents();
    const seen = [await names()];
    while ((await page.getByRole('link', { name: 'Next page' }).count()) > 0) {
      await page.getByRole('link', { name: 'Next page' }).click();
      seen.push(await names());
    }
    expect(seen).toEqual([['Measure 1', 'Measure 2'], ['Measure 3', 'Measure 4'], ['Measure 5']]);
    await page.getByRole('link', { name: 'Measure 5' }).click();
    await page.getByRole('link', { name: 'Patient/p' }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Jolana Peñalara');
    await page.getByRole('link', { name: 'History', exact: true }).click();
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('History of Patient/p');
    await page.getByRole('link', { name: '1', exact: true }).click();
    expect(page.url()).toBe(`${base()}/Patient/p/_history/1`);
    expect(complaints).toEqual([]);
  });

  it('by keyboard alone: the box and every link are reached in the order of the page, and Enter searches', async () => {
    await page.goto(`${base()}/Observation?_count=2`);
    const order: string[] = [];
    for (let n = 0; n < 40; n++) {
      await page.keyboard.press('Tab');
      const name = (await page.evaluate('document.activeElement === document.body ? "" : (document.activeElement.getAttribute("aria-label") ?? document.activeElement.name ?? "") || document.activeElement.textContent')) as string;
      if (name === '') break;
      order.push(name.trim());
    }
    const wanted = ['Skip to the content', 'Verbatim', '-search', 'Search', 'Parameters of Observation', 'JSON', 'Measure 1', 'Measure 2', 'Next page'];
    expect(order.filter((name) => wanted.includes(name))).toEqual(wanted);
    await page.getByLabel('Search by parameters').focus();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('_id=o3');
    await page.keyboard.press('Enter');
    await page.waitForURL(`${base()}/Observation?_id=o3`);
    expect(await page.locator('tbody th .name').allTextContents()).toEqual(['Measure 3']);
  });

  it('runs nothing of a resource, and loads nothing for it', async () => {
    const evil = '"><img src=http://127.0.0.1:1/x onerror=document.title="run"><script>document.title="run"</script>';
    await send('PUT', `${base()}/Basic/evil`, { body: { resourceType: 'Basic', id: 'evil', code: { text: evil }, text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>x<img src="http://127.0.0.1:1/y.png" alt="z"/></p></div>' } } });
    for (const path of ['/Basic/evil', '/Basic', '/Basic/evil/_history', `/Basic?code=${encodeURIComponent(evil)}`]) {
      await page.goto(base() + path);
      expect(await page.title()).toContain('Verbatim');
    }
    expect(complaints).toEqual([]);
  });
});

/** In the browser: the texts whose contrast is below 4.5 to 1 (WCAG 2.1, 1.4.3). */
const faint = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => { const s = c / 255; return s <= 0.03928 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; }).reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (element) => { for (let e = element; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    if (![...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')) continue;
    const [a, b] = [light(channels(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(element.className + ' ' + element.textContent.slice(0, 30) + ' ' + ratio.toFixed(2));
  }
  return found;
})()`;
