/** history of instance, type and system. R4: http.html#history; DECISIONS.md "History". */
import { describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const url = (path: string): string => `${server().base}/${path}`;
const put = (type: string, id: string, more: object = {}): Promise<Answer> => send('PUT', url(`${type}/${id}`), { body: { resourceType: type, id, ...more } });
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : url(path));
const link = (answer: Answer, relation: string): string | undefined => answer.json.link.find((one: { relation: string }) => one.relation === relation)?.url;
const versions = (answer: Answer): string[] => (answer.json.entry ?? []).map((entry: any) => `${entry.fullUrl.split('/').at(-1)} ${entry.response.etag} ${entry.request.method}`);

describe('of an instance', () => {
  it('holds every version, newest first, with request and response', async () => {
    const created = await send('POST', url('Patient'), { body: { resourceType: 'Patient', active: true } });
    const { id } = created.json;
    await put('Patient', id, { active: false });
    await send('DELETE', url(`Patient/${id}`));
    await put('Patient', id, { active: true });
    const answer = await get(`Patient/${id}/_history`);
    expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'history', total: 4 });
    expect(answer.json.entry.map(({ request, response, resource }: any) => [request.method, request.url, response.status, response.etag, resource?.active])).toEqual([
      ['PUT', `Patient/${id}`, '201 Created', 'W/"4"', true], ['DELETE', `Patient/${id}`, '200 OK', 'W/"3"', undefined],
      ['PUT', `Patient/${id}`, '200 OK', 'W/"2"', false], ['POST', 'Patient', '201 Created', 'W/"1"', true],
    ]);
    const times = answer.json.entry.map((entry: any) => entry.response.lastModified);
    expect(times).toEqual(times.toSorted().toReversed());
    expect(answer.json.entry[0].fullUrl).toBe(url(`Patient/${id}`));
  });

  it('is 200 for a deleted id and 404 for one that never was', async () => {
    await put('Patient', 'deleted');
    await send('DELETE', url('Patient/deleted'));
    expect((await get('Patient/deleted/_history')).status).toBe(200);
    expect((await get('Patient/never/_history')).status).toBe(404);
    // Only referred to: no version of it was ever there.
    await put('Observation', 'o', { status: 'final', code: { text: 'x' }, subject: { reference: 'Patient/referred' } });
    expect((await get('Patient/referred/_history')).status).toBe(404);
    expect((await get('Patient/referred')).status).toBe(404);
  });

  it('pages both ways without losing or repeating a version', async () => {
    for (let n = 0; n < 7; n++) await put('Patient', 'paged', { name: [{ family: `n${n}` }] });
    const first = await get('Patient/paged/_history?_count=3');
    expect([first.json.total, versions(first)]).toEqual([7, ['paged W/"7" PUT', 'paged W/"6" PUT', 'paged W/"5" PUT']]);
    expect(link(first, 'previous')).toBeUndefined();
    const second = await get(link(first, 'next')!);
    expect(versions(second)).toEqual(['paged W/"4" PUT', 'paged W/"3" PUT', 'paged W/"2" PUT']);
    const third = await get(link(second, 'next')!);
    expect([versions(third), link(third, 'next')]).toEqual([['paged W/"1" PUT'], undefined]);
    expect(versions(await get(link(second, 'previous')!))).toEqual(versions(first));
    expect(link(await get(link(second, 'previous')!), 'previous')).toBeUndefined();
    const last = await get(link(first, 'last')!);
    expect([versions(last), link(last, 'next')]).toEqual([['paged W/"3" PUT', 'paged W/"2" PUT', 'paged W/"1" PUT'], undefined]);
  });
});

describe('of a type and of the system', () => {
  it('holds the changes of all, by the order of change and not of creation', async () => {
    await put('Basic', 'first', { code: { text: '1' } });
    await put('Basic', 'second', { code: { text: '1' } });
    await put('Basic', 'first', { code: { text: '2' } });
    expect(versions(await get('Basic/_history'))).toEqual(['first W/"2" PUT', 'second W/"1" PUT', 'first W/"1" PUT']);
    await put('Account', 'a', { status: 'active' });
    expect(versions(await get('_history?_count=2'))).toEqual(['a W/"1" PUT', 'first W/"2" PUT']);
  });

  it('takes _since and _at', async () => {
    const one = await put('List', 'l', { status: 'current', mode: 'working', title: '1' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const two = await put('List', 'l', { status: 'current', mode: 'working', title: '2' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const [first, second] = [one.json.meta.lastUpdated, two.json.meta.lastUpdated];
    const between = new Date((Date.parse(first) + Date.parse(second)) / 2).toISOString();
    expect(versions(await get(`List/_history?_since=${second}`))).toEqual(['l W/"2" PUT']);
    expect(versions(await get(`List/_history?_since=${first}`))).toEqual(['l W/"2" PUT', 'l W/"1" PUT']);
    expect(versions(await get('List/_history?_since=2999'))).toEqual([]);
    expect(versions(await get(`List/l/_history?_at=${between}`))).toEqual(['l W/"1" PUT']);
    expect(versions(await get(`List/l/_history?_at=${first}`))).toEqual(['l W/"1" PUT']);
    expect(versions(await get(`List/l/_history?_at=${second}`))).toEqual(['l W/"2" PUT']);
    expect(versions(await get('List/l/_history?_at=2000'))).toEqual([]);
  });

  it('_count=0 is the number alone', async () => {
    const answer = await get('Basic/_history?_count=0');
    expect(answer.json).toMatchObject({ total: 3 });
    expect(answer.json.entry).toBeUndefined();
  });

  const refused = ['_since=x', '_at=x', '_since=2000&_since=2001', '_count=x', '_count=-1', 'code=1', '_sort=_lastUpdated', '-page=nonsense', '-page=WyJ4Il0'];
  it.each(refused)('%s is 400', async (query) => expect((await get(`Basic/_history?${query}`)).status).toBe(400));

  it('answers end below the oldest transaction that is still open, so that polling by _since loses nothing', async () => {
    const { write } = server().db;
    let proceed = (): void => {};
    const open = new Promise<void>((resolve) => (proceed = resolve));
    let began = (): void => {};
    const started = new Promise<void>((resolve) => (began = resolve));
    const slow = write.transaction({}, async (tx) => {
      // A writer takes its stamp now and commits later.
      await tx.query({ text: 'select pg_current_xact_id()' });
      began();
      await open;
    });
    await started;
    await put('Flag', 'fast', { status: 'active', code: { text: 'x' }, subject: { reference: 'Patient/1' } });
    const during = await get('Flag/_history?_since=2000');
    expect(versions(during)).toEqual([]);
    expect((await get('Flag?_lastUpdated=gt2000')).json.entry).toBeUndefined();
    proceed();
    await slow;
    const after = await get(`Flag/_history?_since=${during.json.meta.lastUpdated}`);
    expect(versions(after)).toEqual(['fast W/"1" PUT']);
    expect((await get('Flag?_lastUpdated=gt2000')).json.total).toBe(1);
  });
});
