/** Search parameters of packages: in use as posted ones are, in the database that servers share. R4: searchparameter.html; DECISIONS.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive } from '../support/archive.ts';
import { createDatabase } from '../support/database.ts';
import { useFolder } from '../support/folder.ts';
import { send, type Answer } from '../support/http.ts';
import { serve, useServer, type TestServer } from '../support/server.ts';

const folder = useFolder();
const gender = 'http://hl7.org/fhir/SearchParameter/individual-gender';
const url = (id: string): string => `http://example.org/SearchParameter/${id}`;
const parameter = (id: string, more: object = {}): any => ({
  resourceType: 'SearchParameter', id, url: url(id), name: id, status: 'active', description: id, code: id, base: ['Patient'], type: 'token', expression: 'Patient.maritalStatus', ...more,
});
function packaged(name: string, ...parameters: readonly { id: string }[]): string {
  const file = join(folder, `${name}.tgz`);
  writeFileSync(file, archive([
    { name: 'package/package.json', content: JSON.stringify({ name, version: '1.0.0' }) },
    ...parameters.map((one) => ({ name: `package/SearchParameter-${one.id}.json`, content: JSON.stringify(one) })),
  ]));
  return file;
}

const first = packaged('first',
  parameter('derived-twice', { code: 'marital', expression: 'Patient.communication.language', derivedFrom: url('marital') }), parameter('marital'),
  parameter('sex', { code: 'gender', derivedFrom: gender }), parameter('patient-id', { code: '_id', expression: 'Patient.id', derivedFrom: 'http://hl7.org/fhir/SearchParameter/Resource-id' }),
  parameter('old', { status: 'draft' }), parameter('broken', { expression: 'Patient.nose' }), parameter('birthdate', { type: 'date', expression: 'Patient.deceased.ofType(dateTime)' }), parameter('count', { code: '_count' }),
);
const second = packaged('second', parameter('marital'), parameter('language-spoken', { expression: 'Patient.communication.language' }));

const patient = { resourceType: 'Patient', id: 'a', gender: 'male', maritalStatus: { coding: [{ code: 'm' }] }, communication: [{ language: { coding: [{ code: 'nl' }] } }] };

async function indexed(server: TestServer, query: string): Promise<Answer> {
  for (;;) {
    const answer = await send('GET', `${server.base}/Patient?${query}`);
    if (answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('search parameters of a package', () => {
  const server = useServer({ PACKAGES: first });

  it('are searched by, advertised and read; those that cannot be used are named in the log', async () => {
    const { base, log } = server();
    expect((await send('PUT', `${base}/Patient/a`, { body: patient })).status).toBe(201);
    for (const query of ['marital=m', 'gender=male', '_id=a']) expect((await indexed(server(), query)).json.total, query).toBe(1);
    expect((await send('GET', `${base}/Patient?marital:missing=true`)).json.total).toBe(0);
    const { json } = await send('GET', `${base}/metadata`);
    const { searchParam } = json.rest[0].resource.find(({ type }: any) => type === 'Patient');
    expect(searchParam.filter(({ name }: any) => name === 'marital')).toEqual([expect.objectContaining({ definition: url('marital'), type: 'token' })]);
    expect((await send('GET', `${base}/SearchParameter/marital`)).json.url).toBe(url('marital'));
    expect((await send('GET', `${base}/Patient?old=m`)).status).toBe(400);
    const problems = log.flatMap((line) => JSON.parse(line).problem ?? []);
    expect(problems.toSorted()).toEqual([
      expect.stringMatching(/birthdate: Patient has a search parameter "birthdate" of another meaning: .*individual-birthdate/),
      expect.stringMatching(/broken: The expression gives nothing on Patient/),
      expect.stringMatching(/count: "_count" cannot be the code/),
    ]);
  });

  it('refuse what is posted with their code and another meaning', async () => {
    const { base } = server();
    const other = await send('PUT', `${base}/SearchParameter/mine`, { body: parameter('mine', { code: 'marital', expression: 'Patient.communication.language' }) });
    expect([other.status, other.json.issue[0].diagnostics]).toEqual([409, expect.stringContaining(url('marital'))]);
  });
});

describe('a parameter that is posted with the URL of a package\'s', () => {
  const server = useServer({ PACKAGES: packaged('third', parameter('marital')) });

  it('takes its place until the server starts without it', async () => {
    const { base, databaseUrl } = server();
    expect((await send('PUT', `${base}/Patient/a`, { body: patient })).status).toBe(201);
    expect((await send('PUT', `${base}/SearchParameter/mine`, { body: parameter('mine', { url: url('marital'), code: 'marital', expression: 'Patient.communication.language' }) })).status).toBe(201);
    expect((await indexed(server(), 'marital=nl')).json.total).toBe(1);
    const next = await serve(databaseUrl, { PACKAGES: join(folder, 'third.tgz') });
    expect((await indexed(next, 'marital=nl')).json.total).toBe(1);
    expect((await send('DELETE', `${base}/SearchParameter/mine`)).status).toBe(200);
    await next.close();
    const last = await serve(databaseUrl, { PACKAGES: join(folder, 'third.tgz') });
    expect((await indexed(last, 'marital=m')).json.total).toBe(1);
    expect((await indexed(last, 'marital=nl')).json.total).toBe(0);
    await last.close();
  });
});

it('with other packages are others: what is new is indexed by a job, what stays is left alone, what is gone is unknown', async () => {
  const { url: database, drop } = await createDatabase();
  const versions: unknown[] = [];
  const run = async (environment: Record<string, string>, test: (server: TestServer) => Promise<void>): Promise<void> => {
    const server = await serve(database, environment);
    await test(server);
    versions.push((await server.db.read.query({ text: "select version, (select count(*)::integer from job) as jobs from index_format" }))[0]);
    await server.close();
  };
  await run({ PACKAGES: first }, async (server) => {
    expect((await send('PUT', `${server.base}/Patient/a`, { body: patient })).status).toBe(201);
    expect((await send('PUT', `${server.base}/SearchParameter/spoken`, { body: parameter('spoken', { url: url('language-spoken'), code: 'language-spoken', expression: 'Patient.communication.language' }) })).status).toBe(201);
    expect((await indexed(server, 'language-spoken=nl')).json.total).toBe(1);
  });
  await run({ PACKAGES: first }, async (server) => expect((await send('GET', `${server.base}/Patient?marital=m`)).json.total).toBe(1));
  expect(versions[0]).toEqual(versions[1]);
  await run({ PACKAGES: second }, async (server) => {
    expect((await indexed(server, 'marital=m&language-spoken=nl')).json.total).toBe(1);
  });
  await run({}, async (server) => {
    expect((await indexed(server, 'marital=m')).status).toBe(400);
    expect((await indexed(server, 'language-spoken=nl')).json.total).toBe(1);
    expect((await indexed(server, 'gender=male')).json.total).toBe(1);
  });
  await drop();
});

it('are the same for two servers that start at once', async () => {
  const { url: database, drop } = await createDatabase();
  const servers = await Promise.all([serve(database, { PACKAGES: first }), serve(database, { PACKAGES: first })]);
  expect((await send('PUT', `${servers[0].base}/Patient/a`, { body: patient })).status).toBe(201);
  for (const server of servers) expect((await indexed(server, 'marital=m')).json.total).toBe(1);
  expect(await servers[0].db.read.query({ text: "select count(*)::integer as n from posted_parameter where id = '|http://example.org/SearchParameter/marital'" })).toEqual([{ n: 1 }]);
  for (const server of servers) await server.close();
  await drop();
});
