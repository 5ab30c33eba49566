/** What the pages show: the first page, resources, results, histories, and that nothing in them is more than text. REST: pages for people. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { createPages } from '../../../src/http/pages/pages.ts';
import { send, type Answer } from '../../support/http.ts';
import { startServer, useServer } from '../../support/server.ts';

const server = useServer();
const url = (path: string): string => server().base + path;
const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : url(path), { headers: { accept } });
const put = async (resource: { resourceType: string; id: string; [key: string]: unknown } | string, path?: string): Promise<void> => {
  const answer = await send('PUT', url(path ?? `/${(resource as any).resourceType}/${(resource as any).id}`), { body: resource });
  expect(answer.status, answer.text).toBeLessThan(300);
};
/** The targets of the links of a text, by the text of the link. */
const links = ({ text }: Answer): Map<string, string> =>
  new Map([...text.matchAll(/<a [^>]*?href="([^"]*)"[^>]*>(.*?)<\/a>/gs)].map(([, href, label]) => [label!.replace(/<[^>]+>/g, '').trim(), href!.replaceAll('&amp;', '&')]));

beforeAll(async () => {
  await put({ resourceType: 'Organization', id: 'o', name: 'Hospital' });
  await put({
    resourceType: 'Patient', id: 'p', text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p style="color:red">Narrated <br/></p></div>' },
    name: [{ family: 'Peñalara', given: ['Jolana', 'Maria'] }], gender: 'female', birthDate: '1937-11-14', managingOrganization: { reference: 'Organization/o' },
    generalPractitioner: [{ reference: `${server().base}/Organization/o` }, { reference: 'http://elsewhere.example.org/fhir/Organization/o' }],
  });
  for (let n = 1; n <= 7; n++) {
    await put({
      resourceType: 'Observation', id: `o${n}`, status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '8302-2', display: 'Body height' }] }, subject: { reference: 'Patient/p' },
      effectiveDateTime: `2020-01-0${n}T10:00:00Z`, valueQuantity: { value: 160 + n, unit: 'cm' },
    });
  }
});

describe('the first page', () => {
  it.each(['', '/fhir', '/fhir/R4/', '/fhir?_format=html'])('is at "%s", with counts by type and the ways on', async (path) => {
    const answer = await get(url('').replace(/\/fhir$/, '') + (path === '' ? '/' : path));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    const base = path === '/fhir/R4/' ? `${server().base}/R4` : server().base;
    const all = links(answer);
    expect(all.get('Patient 1')).toBe(`${base}/Patient`);
    expect(all.get('Observation 7')).toBe(`${base}/Observation`);
    expect(all.get('ValueSet')).toBe(`${base}/ValueSet`);
    expect([all.get('Capabilities'), all.get('API with Swagger UI'), all.get('Health')]).toEqual([`${base}/metadata`, expect.stringMatching(/:\d+\/docs$/), expect.stringMatching(/:\d+\/healthz$/)]);
    expect(answer.text).toMatch(/Version \d+\.\d+/);
    expect(answer.text).toContain('9 in 3 types.');
  });

  it('at / is a page for everybody, and at the base for browsers only', async () => {
    expect((await send('GET', url('').replace(/\/fhir$/, '/'))).headers['content-type']).toContain('text/html');
    expect((await send('GET', url(''))).json.resourceType).toBe('Bundle');
  });

  it('says "about" where a type was not counted to the end', async () => {
    const other = await startServer();
    try {
      await other.db.write.query({ text: "insert into resource_key select g, 'Slot', '{1,2}' from generate_series(1, 25000) g" });
      await other.db.write.query({ text: 'analyze resource_key_slot' });
      expect((await send('GET', `${other.base}?_format=html`)).text).toContain('Slot <span class="count">about 25,000</span>');
    } finally {
      await other.close();
    }
  });

  it('links under BASE_URL, and to the root of its host for what lies outside', async () => {
    const based = await startServer({ BASE_URL: 'https://fhir.example.org/r4' });
    try {
      const all = links(await send('GET', based.base.replace(/\/fhir$/, '/')));
      expect([all.get('Capabilities'), all.get('Health')]).toEqual(['https://fhir.example.org/r4/metadata', 'https://fhir.example.org/healthz']);
    } finally {
      await based.close();
    }
  });
});

describe('a resource', () => {
  it('has title, identity, links, narrative and its text', async () => {
    const answer = await get('/Patient/p');
    expect(answer.text).toContain('<title>Jolana Maria Peñalara · Patient · Verbatim</title>');
    expect(answer.text).toContain('<h1>Jolana Maria Peñalara</h1>');
    expect(answer.text).toContain('Patient · female · 1937-11-14');
    expect(answer.text).toMatch(/<dt>Version<\/dt><dd>1<\/dd>.*<dt>Last updated<\/dt><dd><time datetime="\d{4}-/s);
    expect(answer.text).toContain('<div class="narrative"><div><p>Narrated <br></p></div></div>');
    const all = links(answer);
    expect(all.get('JSON')).toBe(url('/Patient/p?_format=json&_pretty=true'));
    expect(all.get('History')).toBe(url('/Patient/p/_history'));
    expect(all.get('All Patient resources')).toBe(url('/Patient'));
    expect(all.get('Observation')).toBe(url('/Observation?subject=Patient/p'));
    expect((await send('GET', all.get('Observation')!)).json.total).toBe(7);
  });

  it('links its references to this server, relative and absolute, and no other', async () => {
    const { text } = await get('/Patient/p');
    expect(text).toContain(`"<a href="${url('/Organization/o')}">Organization/o</a>"`);
    expect(text).toContain(`"<a href="${url('/Organization/o')}">${url('/Organization/o')}</a>"`);
    expect(text).toContain('<span class="s">&quot;http://elsewhere.example.org/fhir/Organization/o&quot;</span>');
  });

  it('is shown as it is stored: decimals, escapes, the order of keys', async () => {
    await put('{"resourceType":"Observation","id":"exact","status":"final","code":{"text":"e\\u0301\\/x"},"valueQuantity":{"unit":"mg","value":1.10},"component":[{"code":{"text":"c"},"valueQuantity":{"value":1e2}}]}', '/Observation/exact');
    const { text } = await get('/Observation/exact');
    expect(text).toContain('<span class="n">1.10</span>');
    expect(text).toContain('<span class="n">1e2</span>');
    expect(text).toContain('e\\u0301\\/x');
    expect(text).toContain('<h1>e\u0301/x</h1>');
    expect(text).toContain('1.10 mg · c 1e2');
    await send('DELETE', url('/Observation/exact'));
  });

  it('has its versions', async () => {
    await put({ resourceType: 'Organization', id: 'v', name: 'One' });
    await put({ resourceType: 'Organization', id: 'v', name: 'Two' });
    expect(links(await get('/Organization/v')).get('Version before')).toBe(url('/Organization/v/_history/1'));
    const first = await get('/Organization/v/_history/1');
    expect(first.text).toContain('<h1>One</h1>');
    expect(links(first).get('Current version')).toBe(url('/Organization/v'));
    expect(first.text).toContain('<span aria-current="page">version 1</span>');
    await send('DELETE', url('/Organization/v'));
    const history = await get('/Organization/v/_history');
    expect(history.text).toContain('3 versions.');
    expect([...history.text.matchAll(/<td>(created|updated|deleted)<\/td>/g)].map(([, change]) => change)).toEqual(['deleted', 'updated', 'created']);
    expect(links(history).get('2')).toBe(url('/Organization/v/_history/2'));
    expect(links(history).get('3')).toBeUndefined();
  });

  it('that is large is cut, and the link goes to all of it', async () => {
    await put({ resourceType: 'Basic', id: 'large', code: { text: 'x'.repeat(9_000) }, extension: Array.from({ length: 6_000 }, (_, n) => ({ url: 'http://example.org/e', valueInteger: n })) });
    const { text } = await get('/Basic/large');
    expect(text).toContain('more characters)');
    expect(text).toContain('The text goes on');
    expect(text.length).toBeLessThan(2_000_000);
    await send('DELETE', url('/Basic/large'));
  });

  it('that is a Bundle has its entries as a table too', async () => {
    await put({ resourceType: 'Bundle', id: 'b', type: 'collection', entry: [{ fullUrl: url('/Patient/p'), resource: { resourceType: 'Patient', id: 'p', name: [{ text: 'In the Bundle' }] } }, { fullUrl: 'urn:uuid:x', resource: { resourceType: 'Basic', code: { text: 'Elsewhere' } } }] });
    const answer = await get('/Bundle/b');
    expect(links(answer).get('In the Bundle')).toBe(url('/Patient/p'));
    expect(answer.text).toContain('<h2>Content</h2>');
    await send('DELETE', url('/Bundle/b'));
  });

  it.each(['/metadata', '/Patient?_summary=count', '/Patient/p?_summary=text', '/Patient/p?_elements=name', '/_history', '/Patient/_history'])('%s is a page as well', async (path) => {
    const answer = await get(path);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(answer.text.match(/<h1>/g)).toHaveLength(1);
    expect(answer.text.trimEnd().endsWith('</html>')).toBe(true);
  });
});

describe('a search', () => {
  it('is a table with labels, values and dates', async () => {
    const answer = await get('/Observation?_count=3');
    expect(answer.text).toContain('7 resources, 3 on this page.');
    expect([...answer.text.matchAll(/<th scope="col">(.*?)<\/th>/g)].map(([, title]) => title)).toEqual(['Resource', 'Details', 'Date', 'Last updated']);
    expect(answer.text).toContain('Observation/o1');
    expect(answer.text).toContain('161 cm · final');
    expect(answer.text).toContain('<time datetime="2020-01-01T10:00:00Z">2020-01-01 10:00</time>');
  });

  it('is walked by its links, forth and back', async () => {
    const ids = ({ text }: Answer): string[] => [...text.matchAll(/<small class="mono">Observation\/(.*?)<\/small>/g)].map(([, id]) => id!);
    const first = await get('/Observation?_count=3');
    expect([links(first).get('Previous page'), links(first).get('First page')]).toEqual([undefined, undefined]);
    const second = await get(links(first).get('Next page')!);
    const third = await get(links(second).get('Next page')!);
    expect([first, second, third].map(ids)).toEqual([['o1', 'o2', 'o3'], ['o4', 'o5', 'o6'], ['o7']]);
    expect([links(third).get('Next page'), links(third).get('Last page')]).toEqual([undefined, undefined]);
    expect(ids(await get(links(third).get('Previous page')!))).toEqual(['o4', 'o5', 'o6']);
    expect(ids(await get(links(third).get('First page')!))).toEqual(['o1', 'o2', 'o3']);
    expect(second.text).toMatch(/<a rel="prev" href=.*<a rel="next" href=/s);
  });

  it('keeps _format=html on its links', async () => {
    const first = await send('GET', url('/Observation?_count=3&_format=html'));
    const next = links(first).get('Next page')!;
    expect((await send('GET', next)).headers['content-type']).toContain('text/html');
    expect(links(first).get('JSON')).toBe(url('/Observation?_count=3&_format=json&_pretty=true'));
  });

  it('shows warnings above the table', async () => {
    const answer = await send('GET', url('/Patient?nonsense=1'), { headers: { accept, prefer: 'handling=lenient' } });
    expect(answer.text).toMatch(/class="issue mild".*nonsense.*Jolana/s);
    expect(answer.text).toContain('1 resource.');
  });

  it('without a match says so', async () => expect((await get('/Patient?family=Nobody')).text).toContain('Nothing to show'));

  it('has a box with what was searched for', async () => {
    const answer = await get('/Observation?code=http%3A%2F%2Floinc.org%7C8302-2&date=gt2020&_count=2&_format=html');
    expect(answer.text).toContain('value="code=http://loinc.org|8302-2&amp;date=gt2020&amp;_count=2"');
    expect(answer.text).toContain(`<form action="${url('/Observation')}" method="get" role="search">`);
    expect(answer.text).toContain('<li><code>combo-code</code></li>');
  });
});

describe('a typed search', () => {
  const typed = (path: string, text: string, more = ''): Promise<Answer> => get(`${path}?-search=${encodeURIComponent(text)}${more}`);
  const cases: readonly [path: string, text: string, location: string][] = [
    ['/Patient', 'family=Peñalara&birthdate=gt1930', '/Patient?family=Pe%C3%B1alara&birthdate=gt1930'], ['/Patient', '?gender=female', '/Patient?gender=female'], ['/Patient', 'Patient?gender=female', '/Patient?gender=female'], ['/Patient', '', '/Patient'],
    ['/Patient', 'family=a%26b&given=c%25', '/Patient?family=a%26b&given=c%25'], ['/Observation', 'code=http://loinc.org|8302-2', '/Observation?code=http://loinc.org%7C8302-2'],
    ['', 'Patient/p', '/Patient/p'], ['', '/Patient?family=x', '/Patient?family=x'], ['', 'metadata', '/metadata'], ['', 'Patient/"><script>', '/Patient/%22%3E%3Cscript%3E'], ['', '//evil.example/x', '/evil.example/x'],
  ];
  it.each(cases)('at "%s": %s', async (path, text, location) => {
    const answer = await typed(path, text);
    expect([answer.status, answer.headers['location']]).toEqual([303, url(location)]);
  });
  it('keeps _format=html', async () => expect((await send('GET', url('/Patient?-search=family=x&_format=html'))).headers['location']).toBe(url('/Patient?family=x&_format=html')));
  const refused: readonly [path: string, text: string, said: string][] = [['/Patient', 'smith', 'write a parameter and its value'], ['/Patient', 'family=100%', 'percent sign'], ['', 'https://evil.example/x', 'not under this server']];
  it.each(refused)('at "%s" that is none is 400: %s', async (path, text, said) => {
    const answer = await typed(path, text);
    expect([answer.status, answer.headers['location']]).toEqual([400, undefined]);
    expect(answer.text).toContain(said);
  });
  it('is nothing to a client of the API', async () => expect((await send('GET', url('/Patient?-search=family=x'))).status).toBe(400));
});

describe('nothing is more than text', () => {
  const evil = '"\'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;&#60;b&#62;';
  const inert = (text: string): void => {
    expect(text).not.toContain('<script');
    expect(text).not.toMatch(/<img|<b>/);
    // Attributes stay in their quotes: no tag has anything but name="value" pairs.
    const body = text.replace(/<style>.*?<\/style>/s, '').replace('<!DOCTYPE html>', '');
    for (const [tag] of body.matchAll(/<[a-zA-Z/][^>]*>/g)) expect(tag).toMatch(/^<\/?[a-z0-9]+(?:\s+[a-z-]+="[^"<>]*")*>$/);
  };

  it('in a name that is read, searched and listed', async () => {
    await put({ resourceType: 'Patient', id: 'evil', name: [{ text: evil }, { family: evil, given: [evil] }], identifier: [{ system: 'urn:x', value: evil }] });
    for (const path of ['/Patient/evil', '/Patient/evil/_history', '/Patient?_id=evil', '/Patient/evil/_history/1', '/Patient/_history']) inert((await get(path)).text);
    await send('DELETE', url('/Patient/evil'));
  });

  it('in any element of any answer, valid or not', async () => {
    const pages = createPages({
      version: evil, ownBases: [], definitions: loadDefinitions(), searchCodes: () => [evil], counts: async () => [{ type: 'Observation', count: 1, isExact: true }],
    });
    const base = 'http://host.example/fhir';
    const answers: readonly [path: string[], body: object][] = [
      [['Patient', 'evil'], {
        resourceType: 'Patient', id: 'evil', meta: { profile: [evil], versionId: evil, lastUpdated: evil }, language: evil, name: [{ text: evil, [evil]: evil }], gender: evil, birthDate: `2020${evil}`,
        managingOrganization: { reference: evil, display: evil }, contained: [{ resourceType: evil }], link: [{ other: { reference: `Patient/1/_history/1#${evil}` } }], identifier: [{ system: `${base}/${evil}` }], text: { div: 1 },
      }],
      [[evil], { resourceType: evil, id: evil, name: evil, value: evil, status: [[evil]], date: evil }],
      [['Patient'], { resourceType: 'Bundle', type: 'searchset', total: evil, link: [{ relation: 'next', url: `javascript:${evil}` }, { relation: 'previous', url: `${base}/"onclick=1` }], entry: [
        { fullUrl: evil, resource: { resourceType: 'Basic', id: evil, code: { text: evil } }, search: { mode: evil } }, { fullUrl: `${base}/x"onclick=1`, resource: { resourceType: evil, meta: { lastUpdated: evil } } },
        { search: { mode: 'outcome' }, resource: { issue: [{ diagnostics: evil, code: evil }] } }, null, 1, [evil], { resource: evil },
      ] }],
      [['Patient', evil, '_history'], { resourceType: 'Bundle', type: 'history', entry: [{ request: { url: evil, method: evil }, response: { status: evil, etag: evil, lastModified: evil } }, { fullUrl: `${base}/P/1`, response: { etag: `W/"${evil}"` } }] }],
      [['x'], { resourceType: 'OperationOutcome', issue: [{ severity: evil, code: evil, diagnostics: evil, details: { text: evil }, expression: [evil, 1] }, evil] }],
      [['x'], []], [['x'], { name: { constructor: evil, __proto__: evil } }],
    ];
    for (const [path, body] of answers) {
      for (const status of [200, 400]) {
        const shown = await pages.shown({ status, headers: {}, body: JSON.stringify(body) }, { base, path, parameters: [[evil, evil]], isLinkable: true });
        expect([shown.status, shown.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8']);
        inert(shown.body as string);
      }
    }
    inert((await pages.home(base)).body as string);
  });

  it('and an answer that is no JSON stays as it is', async () => {
    const pages = createPages({ version: '1', ownBases: [], definitions: loadDefinitions(), searchCodes: () => [], counts: () => Promise.reject(new Error('away')) });
    const place = { base: 'http://host.example/fhir', path: [], parameters: [], isLinkable: true };
    const binary = { status: 200, headers: { 'content-type': 'image/png' }, body: 'x' };
    expect(await pages.shown(binary, place)).toBe(binary);
    expect(await pages.shown({ status: 304, headers: {} }, place)).toEqual({ status: 304, headers: {} });
    // Without the database there is a page all the same.
    expect((await pages.home(place.base)).body).toContain('The database does not say');
    expect((await pages.shown({ status: 200, headers: {}, body: `{"resourceType":"Binary","data":"${'A'.repeat(9 * 2 ** 20)}"}` }, place)).body).toContain('too many for a page');
  });

  it('in a parameter, a path or a header', async () => {
    const escaped = encodeURIComponent(evil);
    for (const path of [`/Patient?family=${escaped}`, `/Patient?${escaped}=1`, `/Patient/${encodeURIComponent('"><script>alert(1)<script>')}`, `/${escaped.replaceAll('%2F', '')}`, `/Patient?-page=${escaped}`, `/Patient?-search=${escaped}`, `?-search=${escaped}`, `/Patient?_elements=${escaped}`]) {
      inert((await get(path)).text);
    }
    inert((await get(url('').replace(/fhir$/, `nothing/${escaped}`))).text);
  });
});

describe('a result says what it is of, and how much there is', () => {
  const lead = ({ text }: Answer): string => /<p class="lead">(.*?)<\/p>/s.exec(text)![1]!.replaceAll(/<[^>]*>/g, '').trim();
  const trail = ({ text }: Answer): string[] => [...(/<nav class="trail".*?<\/nav>/s.exec(text)?.[0] ?? '').matchAll(/<li>(.*?)<\/li>/gs)].map(([, step]) => step!.replaceAll(/<[^>]*>/g, '').trim());
  const cases: readonly [path: string, heading: string, lead: string, trail: string[], box: string | undefined][] = [
    ['/Patient/p/$everything?_count=3', '$everything of Patient/p', '3 resources on this page, and there are more.', ['Resources', 'Patient', 'p', '$everything'], undefined],
    ['/Patient/p/$everything', '$everything of Patient/p', '8 resources.', ['Resources', 'Patient', 'p', '$everything'], undefined],
    ['/Patient/p/Observation?_count=2', 'Observation of Patient/p', '7 resources, 2 on this page.', ['Resources', 'Patient', 'p', 'Observation'], '/Patient/p/Observation'],
    ['/Patient/p/*?_count=2', 'Compartment of Patient/p', '8 resources, 2 on this page.', ['Resources', 'Patient', 'p', 'Compartment'], undefined],
    ['/Patient?_id=p&_revinclude=Observation:subject', 'Patient', '1 resource, and 7 included with them.', ['Resources', 'Patient'], '/Patient'],
    ['/Observation?_count=3&_total=none', 'Observation', '3 resources on this page, and there are more. Count them all', ['Resources', 'Observation'], '/Observation'],
    ['/Patient/p/_history', 'History of Patient/p', '1 version.', ['Resources', 'Patient', 'p', 'History'], undefined],
    ['/?_type=Patient', 'Search', '1 resource.', ['Resources', 'Search'], undefined],
  ];
  it.each(cases)('%s', async (path, heading, count, steps, box) => {
    const answer = await get(path);
    expect([answer.status, /<h1>(.*?)<\/h1>/.exec(answer.text)?.[1], /<title>(.*?) · /.exec(answer.text)?.[1]], answer.text.slice(0, 300)).toEqual([200, heading, heading]);
    expect([lead(answer), trail(answer)]).toEqual([count, steps]);
    expect(/<form action="([^"]*)"/.exec(answer.text)?.[1]).toBe(box === undefined ? undefined : url(box));
  });

  it('the last page of an operation says so, and its links carry no empty parameter', async () => {
    let answer = await get('/Patient/p/$everything?_count=5');
    const next = links(answer).get('Next page')!;
    expect(next).not.toContain('_type');
    answer = await get(next);
    expect(lead(answer)).toBe('3 resources on this page.');
  });

  it('a search in a compartment stays in it', async () => {
    const typed = await send('GET', url('/Patient/p/Observation?-search=date%3D2020-01-02'), { headers: { accept } });
    expect([typed.status, typed.headers['location']]).toEqual([303, url('/Patient/p/Observation?date=2020-01-02')]);
  });
});
