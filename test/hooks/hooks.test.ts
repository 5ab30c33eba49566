/** Hooks of whoever runs the server, by the example that shows them and by some that go wrong. ARCHITECTURE.md "Hooks". */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HooksFailure, loadHooks } from '../../src/load-hooks.ts';
import { send, type Answer } from '../support/http.ts';
import { startServer, useServer, type TestServer } from '../support/server.ts';

const example = join(import.meta.dirname, '../../examples/hooks.mjs');
const folder = mkdtempSync(join(tmpdir(), 'verbatim-hooks-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const moduleOf = (name: string, text: string): string => {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
};
const entry = (method: string, url: string, resource?: object): object => ({ ...(resource && { resource }), request: { method, url } });
const bundle = (type: string, ...list: object[]): object => ({ resourceType: 'Bundle', type, entry: list });

describe('the example', () => {
  const server = useServer({ HOOKS: example });
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> => send(method, `${server().base}/${path}`, body === undefined ? {} : { body });
  const put = (type: string, id: string, more: object = {}): Promise<Answer> => ask('PUT', `${type}/${id}`, { resourceType: type, id, ...more });
  const printed: string[] = [];
  beforeAll(() => void vi.spyOn(process.stdout, 'write').mockImplementation((text) => printed.push(String(text)) > 0));
  afterAll(() => void vi.restoreAllMocks());
  afterEach(() => void (printed.length = 0));
  const changes = (): string[] => printed.filter((line) => / (?:POST|PUT|DELETE) /.test(line)).map((line) => line.trim().split(' ').slice(1).join(' '));

  it('refuses at authorisation: alone, in a transaction and in a batch', async () => {
    await put('Patient', 'p');
    const alone = await ask('DELETE', 'Patient/p');
    expect([alone.status, alone.json.issue]).toEqual([403, [{ severity: 'error', code: 'forbidden', diagnostics: 'Patients are not deleted here' }]]);
    const whole = await ask('POST', '', bundle('transaction', entry('PUT', 'Basic/t', { resourceType: 'Basic', id: 't', code: { text: 'x' } }), entry('DELETE', 'Patient?_id=p')));
    expect([whole.status, whole.json.issue[0].expression]).toEqual([403, ['Bundle.entry[1]']]);
    expect((await ask('GET', 'Basic/t')).status).toBe(404);
    const each = await ask('POST', '', bundle('batch', entry('DELETE', 'Patient/p'), entry('PUT', 'Basic/b', { resourceType: 'Basic', id: 'b', code: { text: 'x' } })));
    expect(each.json.entry.map(({ response }: any) => response.status)).toEqual(['403 Forbidden', '201 Created']);
    expect((await ask('POST', '?-dry-run=true', bundle('batch', entry('DELETE', 'Patient/p')))).json.entry[0].response.status).toBe('403 Forbidden');
  });

  it('adds a resource to the same transaction, by what was there before', async () => {
    await put('Consent', 'c', { status: 'active' });
    await put('Consent', 'c', { status: 'inactive' });
    const { json } = await ask('GET', 'AuditEvent?entity=Consent/c');
    expect([json.total, json.entry[0].resource.entity[0].description]).toEqual([1, 'Consent withdrawn']);
    expect(json.entry[0].resource.meta.lastUpdated).toBe((await ask('GET', 'Consent/c')).json.meta.lastUpdated);
    // The write that fails leaves no record.
    await put('Consent', 'd', { status: 'active' });
    expect((await send('PUT', `${server().base}/Consent/d`, { body: { resourceType: 'Consent', id: 'd', status: 'inactive' }, headers: { 'if-match': 'W/"9"' } })).status).toBe(412);
    expect((await ask('GET', 'AuditEvent?_summary=count')).json.total).toBe(1);
  });

  it('is told of what was committed, once, and of nothing else', async () => {
    await put('Basic', 'one', { code: { text: 'x' } });
    await put('Basic', 'one', { code: { text: 'x' } });
    await ask('PUT', 'Basic/one?-dry-run=true', { resourceType: 'Basic', id: 'one', code: { text: 'y' } });
    await ask('POST', '', bundle('transaction', entry('DELETE', 'Basic/one'), entry('PUT', 'Basic/two', { resourceType: 'Basic', id: 'two', code: { text: 'x' } }), entry('DELETE', 'Basic/nobody')));
    await ask('POST', '', bundle('transaction', entry('PUT', 'Basic/three', { resourceType: 'Basic', id: 'three', code: { text: 'x' } }), entry('GET', 'Basic/nobody')));
    await vi.waitFor(() => expect(changes()).toHaveLength(3));
    expect(changes()).toEqual(['PUT Basic/one/_history/1', 'DELETE Basic/one/_history/2', 'PUT Basic/two/_history/1']);
  });
});

describe('hooks that go wrong', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer({ HOOKS: moduleOf('wrong', `export default {
      authorise({ parameters }, { refuse }) { if (parameters.some(([name]) => name === '_id')) throw refuse(200, 'fine'); },
      beforeCommit(writes) { if (writes[0].id === 'throws') throw new Error('no'); if (writes[0].id === 'adds') return [{ resourceType: 'Nonsense' }]; },
      afterCommit() { throw new Error('too late'); },
    }`) });
  });
  afterAll(() => server.close());
  const put = (id: string): Promise<Answer> => send('PUT', `${server.base}/Basic/${id}`, { body: { resourceType: 'Basic', id, code: { text: 'x' } } });

  it('are errors of the server where they throw, and nothing is stored', async () => {
    expect((await put('throws')).status).toBe(500);
    expect((await send('GET', `${server.base}/Basic/throws`)).status).toBe(404);
    expect((await send('GET', `${server.base}/Basic?_id=1`)).status).toBe(500);
  });
  it('cannot add what is no resource', async () => expect((await put('adds')).status).toBe(400));
  it('do no harm behind the commit: it is logged', async () => {
    expect((await put('fine')).status).toBe(201);
    await vi.waitFor(() => expect(server.log.some((line) => line.includes('the hook afterCommit failed') && line.includes('too late'))).toBe(true));
  });

  it.each([
    ['no module', 'nowhere.mjs', /cannot be loaded/], ['no default export', moduleOf('empty', 'export const a = 1;'), /has no default export/],
    ['a name that is none', moduleOf('unknown', 'export default { onCommit() {} };'), /"onCommit", which is not one of authorise, beforeCommit, afterCommit/],
    ['no function', moduleOf('value', 'export default { authorise: true };'), /"authorise" that is no function/],
  ])('are refused at start: %s', async (_name, path, message) => {
    const failure = await loadHooks(path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(HooksFailure);
    expect((failure as Error).message).toMatch(message);
  });
});
