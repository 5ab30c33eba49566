/** SearchParameters of one's own: what is taken into use, what is refused, and what follows. R4: searchparameter.html, search.html; DECISIONS.md. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const ask = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> => send(method, path === '' ? server().base : `${server().base}/${path}`, { headers, ...(body !== undefined && { body }) });

const parameter = (id: string, more: object = {}): any => ({
  resourceType: 'SearchParameter', id, url: `http://example.org/SearchParameter/${id}`, name: id, status: 'active', description: id, code: id, base: ['Patient'], type: 'token', expression: 'Patient.maritalStatus', ...more,
});
const put = (id: string, more: object = {}): Promise<Answer> => ask('PUT', `SearchParameter/${id}`, parameter(id, more));

/** Waits until the search is answered; it is refused with its progress before, and never answered in part. */
async function indexed(path: string): Promise<Answer> {
  for (;;) {
    const answer = await ask('GET', path);
    if (answer.status !== 503) return answer;
    expect([answer.json.issue[0].code, answer.json.issue[0].diagnostics, answer.headers['retry-after']]).toEqual(['transient', expect.stringMatching(/not indexed yet: the reindex (?:waits|is at|has just)/), '2']);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const ids = ({ json }: Answer): string[] => (json.entry ?? []).filter(({ search }: any) => search.mode === 'match').map(({ resource }: any) => resource.id).toSorted();
const advertised = async (type: string): Promise<string[]> => (await ask('GET', 'metadata')).json.rest[0].resource.find((one: any) => one.type === type).searchParam.map(({ name }: any) => name);

const coded = (code: string): object => ({ coding: [{ system: 'http://example.org/marital', code }] });

beforeAll(async () => {
  const entry = Array.from({ length: 60 }, (_, n) => ({
    resource: {
      resourceType: 'Patient', id: `p${n}`, maritalStatus: coded(`m${n % 3}`), multipleBirthInteger: n % 5, birthDate: `19${50 + (n % 40)}-01-01`,
      extension: [{ url: 'http://example.org/height', valueQuantity: { value: 150 + n, unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' } }, { url: 'http://example.org/since', valueDateTime: `2020-01-${String(1 + (n % 28)).padStart(2, '0')}` },
        { url: 'http://example.org/friend', valueReference: { reference: `Patient/p${(n + 1) % 60}` } }, { url: 'http://example.org/motto', valueString: `Motto ${n}` }],
      contact: [{ relationship: [coded(`r${n % 2}`)], name: { family: `Contact${n}` } }],
    },
    request: { method: 'PUT', url: `Patient/p${n}` },
  }));
  expect((await ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry })).status).toBe(200);
});

describe('a parameter of each type is found by', () => {
  const extension = (name: string): string => `Patient.extension.where(url = 'http://example.org/${name}').value`;
  const cases: readonly [id: string, more: object, query: string, found: number][] = [
    ['marital', {}, 'marital=http://example.org/marital|m1', 20],
    ['height', { type: 'quantity', expression: extension('height') }, 'height=gt2.05|http://unitsofmeasure.org|m', 4],
    ['since', { type: 'date', expression: `${extension('since')}DateTime` }, 'since=2020-01-28', 2],
    ['motto', { type: 'string', expression: `Patient.extension('http://example.org/motto').value.ofType(string)` }, 'motto=motto%205', 11],
    ['birth-number', { type: 'number', expression: 'Patient.multipleBirth.ofType(integer)' }, 'birth-number=4', 12],
    ['friend', { type: 'reference', target: ['Patient'], expression: extension('friend') }, 'friend=Patient/p7', 1],
    ['friend', { type: 'reference', target: ['Patient'], expression: extension('friend') }, 'friend.marital=m2', 20],
    ['friend', { type: 'reference', target: ['Patient'], expression: extension('friend') }, '_has:Patient:friend:_id=p7', 1],
    ['contact-name', { type: 'string', expression: '(Patient.contact.name)' }, 'contact-name:exact=Contact7', 1],
    ['born-as', { type: 'composite', expression: 'Patient', component: [{ definition: 'http://hl7.org/fhir/SearchParameter/individual-gender', expression: 'gender' }, { definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', expression: 'birthDate' }] }, 'born-as=female$1950', 0],
    ['all-tags', { base: ['Resource'], expression: 'Resource.meta.tag' }, 'all-tags=x', 0],
  ];
  it.each(cases)('%s %o %s', async (id, more, query, found) => {
    expect([200, 201]).toContain((await put(id, more)).status);
    const answer = await indexed(`Patient?${query}&_count=100`);
    expect([answer.status, ids(answer).length], answer.text.slice(0, 300)).toEqual([200, found]);
    expect(answer.json.link[0].url).toContain(query.split('=')[0]!.split(':')[0]!);
  });

  it('and is advertised, sorted by, included by and asked for as missing', async () => {
    expect(await advertised('Patient')).toEqual(expect.arrayContaining(['marital', 'height', 'since', 'friend', 'all-tags']));
    expect(await advertised('Basic')).toContain('all-tags');
    const { json: { rest: [rest] } } = await ask('GET', 'metadata');
    const patient = rest.resource.find(({ type }: any) => type === 'Patient');
    expect([patient.searchInclude, patient.searchRevInclude]).toEqual([expect.arrayContaining(['Patient:friend']), expect.arrayContaining(['Patient:friend'])]);
    expect(rest.searchParam.map(({ name }: any) => name)).toContain('all-tags');
    const { json: openApi } = await send('GET', `${server().base.replace('/fhir', '')}/docs/openapi/Patient.json`);
    expect(openApi.components.parameters.height.description).toContain('quantity');
    expect((await ask('GET', 'Patient?_sort=-height&_count=1')).json.entry[0].resource.id).toBe('p59');
    const included = await ask('GET', 'Patient?_id=p3&_include=Patient:friend&_revinclude=Patient:friend');
    expect(included.json.entry.map(({ resource }: any) => resource.id).toSorted()).toEqual(['p2', 'p3', 'p4']);
    expect((await ask('GET', 'Patient?height:missing=true&_summary=count')).json.total).toBe(0);
    expect((await ask('GET', 'Patient?height:missing=false&_summary=count')).json.total).toBe(60);
    expect((await ask('GET', 'SearchParameter/height')).json.meta.versionId).toBe('1');
  });
});

describe('is refused with the reason and the element', () => {
  const cases: readonly [name: string, more: object, reason: RegExp, element: string][] = [
    ['no url', { url: undefined }, /needs url/, 'url'], ['a relative url', { url: 'SearchParameter/x' }, /no absolute URI/, 'url'],
    ['no code', { code: undefined }, /needs code/, 'code'], ['a code of the server', { code: '_count' }, /"_count" cannot be the code/, 'code'], ['a code with a modifier', { code: 'a:exact' }, /cannot be the code/, 'code'], ['a chain for a code', { code: 'a.b' }, /cannot be the code/, 'code'],
    ['no base', { base: [] }, /needs base/, 'base'], ['an unknown base', { base: ['Patient', 'Alien'] }, /"Alien" is not a resource type/, 'base[1]'], ['a base that is no resource', { base: ['HumanName'] }, /"HumanName"/, 'base[0]'], ['a base that is no array', { base: 'Patient' }, /not an array/, 'base'],
    ['no type', { type: undefined }, /needs type/, 'type'], ['an unknown type', { type: 'colour' }, /"colour"/, 'type'], ['type special', { type: 'special' }, /special/, 'type'],
    ['no expression', { expression: undefined }, /needs expression/, 'expression'], ['half an expression', { expression: 'Patient.name.where(' }, /cannot be compiled: the expression ends too early/, 'expression'],
    ['an unknown function', { expression: 'Patient.name.iif(true, 1, 2)' }, /iif\(…\) is not supported/, 'expression'], ['a function that recurses', { expression: 'Patient.descendants()' }, /descendants\(\) is not supported/, 'expression'], ['repeat', { expression: 'Patient.contained.repeat(contained)' }, /repeat\(…\)/, 'expression'],
    ['an unknown element', { expression: 'Patient.nose' }, /gives nothing on Patient: "Patient.nose"/, 'expression'], ['an expression of another type', { expression: 'Observation.code' }, /gives nothing on Patient/, 'expression'], ['a base that it does not reach', { base: ['Patient', 'Basic'] }, /gives nothing on Basic/, 'expression'],
    ['a date as token', { expression: 'Patient.birthDate' }, /gives date on Patient, which a parameter of type token cannot have/, 'expression'], ['a boolean as date', { type: 'date', expression: 'Patient.active' }, /gives boolean/, 'expression'], ['a name as reference', { type: 'reference', expression: 'Patient.name' }, /HumanName/, 'expression'],
    ['a target that is none', { type: 'reference', expression: 'Patient.link.other', target: ['Alien'] }, /"Alien"/, 'target[0]'],
    ['a composite without components', { type: 'composite', expression: 'Patient' }, /two components/, 'component'], ['a composite of what is none', { type: 'composite', expression: 'Patient', component: [{ definition: 'http://x.org/1', expression: 'gender' }, { definition: 'http://x.org/2', expression: 'gender' }] }, /"http:\/\/x.org\/1"/, 'component[0].definition'],
    ['a composite of what the base does not have', { type: 'composite', expression: 'Patient', component: [{ definition: 'http://hl7.org/fhir/SearchParameter/clinical-code', expression: 'gender' }, { definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', expression: 'birthDate' }] }, /which Patient does not have/, 'component[0].definition'],
    ['too many parentheses', { expression: `${'('.repeat(3_000)}Patient.maritalStatus${')'.repeat(3_000)}` }, /more than (?:4000 characters|20 parentheses)/, 'expression'], ['deep criteria', { expression: `Patient.maritalStatus${'.where(coding'.repeat(21)}${')'.repeat(21)}` }, /20 parentheses/, 'expression'],
    ['too many steps', { expression: Array.from({ length: 250 }, () => 'Patient.id').join('|') }, /400 steps/, 'expression'], ['too long', { expression: `Patient.extension.where(url = '${'x'.repeat(4_000)}').value` }, /4000 characters/, 'expression'],
    ['the whole resource for each element', { expression: 'Patient.maritalStatus.where(%resource.active = true)' }, /%resource inside of parentheses/, 'expression'],
  ];
  it.each(cases)('%s', async (_name, more, reason, element) => {
    const answer = await put('wrong', more);
    expect([answer.status, answer.json.issue[0].diagnostics, answer.json.issue[0].expression], answer.text).toEqual([400, expect.stringMatching(reason), [`SearchParameter.${element}`]]);
    expect((await ask('GET', 'SearchParameter/wrong')).status).toBe(404);
    // What is not active is only stored.
    expect((await put(`draft-${_name.replaceAll(/\W/g, '-')}`.slice(0, 60), { ...more, status: 'draft' })).status).toBe(201);
  });

  it('in a Bundle with its entry, and nothing of a transaction stays', async () => {
    const bundle = (type: string): object => ({ resourceType: 'Bundle', type, entry: [
      { resource: { resourceType: 'Basic', id: 'beside', code: { text: 'x' } }, request: { method: 'PUT', url: 'Basic/beside' } }, { resource: parameter('wrong', { type: 'date' }), request: { method: 'POST', url: 'SearchParameter' } },
    ] });
    const transaction = await ask('POST', '', bundle('transaction'));
    expect([transaction.status, transaction.json.issue[0].expression]).toEqual([400, ['Bundle.entry[1].resource.expression']]);
    expect((await ask('GET', 'Basic/beside')).status).toBe(404);
    const batch = await ask('POST', '', bundle('batch'));
    expect(batch.json.entry.map(({ response }: any) => response.status)).toEqual(['201 Created', '400 Bad Request']);
  });

  it('many choices inside of each other are compiled and evaluated in bounded time', async () => {
    const began = process.cpuUsage();
    const answer = await put('choices', { type: 'string', expression: `Patient${'.extension.value'.repeat(40)}` });
    expect(answer.status, answer.text.slice(0, 300)).toBe(201);
    let nested: any = { url: 'x', valueString: 'deep' };
    for (let n = 0; n < 60; n++) nested = { url: 'x', extension: [nested, { url: 'y', valueString: 'z' }] };
    expect((await ask('POST', 'Patient', { resourceType: 'Patient', extension: [nested] })).status).toBe(201);
    const { user } = process.cpuUsage(began);
    expect(user / 1e6).toBeLessThan(10);
    await ask('DELETE', 'SearchParameter/choices');
  });
});

describe('a code or URL that is there', () => {
  const gender = 'http://hl7.org/fhir/SearchParameter/individual-gender';
  const expectConflict = (answer: Answer, ...urls: string[]): void => {
    expect([answer.status, answer.json.issue[0].code], answer.text).toEqual([409, 'conflict']);
    for (const url of urls) expect(answer.json.issue[0].diagnostics).toContain(url);
  };

  it('of R4 cannot be replaced, and both URLs are named', async () => {
    expectConflict(await put('gender', { expression: 'Patient.maritalStatus' }), gender, 'http://example.org/SearchParameter/gender');
    expectConflict(await put('gender', { type: 'string', expression: 'Patient.gender' }), gender);
    expectConflict(await put('mine', { url: gender }), gender);
    expect((await ask('GET', 'Patient?gender=female&_summary=count')).status).toBe(200);
  });

  it('with an equal expression, or derived from it, is another name of it', async () => {
    const spellings = ['Patient.gender', ' ( Patient.gender ) ', 'gender', 'Patient.gender | Person.gender', 'Observation.code | Patient.gender'];
    for (const [n, expression] of spellings.entries()) {
      const answer = await put(`gender-${n}`, { code: 'gender', expression });
      expect(answer.status, `${expression}: ${answer.text}`).toBe(201);
      expect((await ask('GET', 'Patient?gender=female')).status).toBe(200);
    }
    expect((await put('derived', { code: 'gender', expression: 'Patient.maritalStatus', derivedFrom: `${gender}|4.0.1` })).status).toBe(201);
    expect((await advertised('Patient')).filter((name) => name === 'gender')).toHaveLength(1);
    expect((await ask('GET', 'Patient?birthdate=1950&_summary=count')).json.total).toBe(2);
  });

  it('of another posted one: an equal one takes its place when it goes, another is refused', async () => {
    expect((await put('first', { code: 'shared' })).status).toBe(201);
    expect((await put('second', { code: 'shared' })).status).toBe(201);
    expectConflict(await put('third', { code: 'shared', expression: 'Patient.communication.language' }), 'SearchParameter/first', 'SearchParameter/third');
    expectConflict(await put('fourth', { url: 'http://example.org/SearchParameter/first' }), 'SearchParameter/first');
    expect((await indexed('Patient?shared=m1&_summary=count')).json.total).toBe(20);
    expect((await ask('DELETE', 'SearchParameter/first')).status).toBe(200);
    expect((await indexed('Patient?shared=m1&_summary=count')).json.total).toBe(20);
    expect((await put('third', { code: 'elsewhere', base: ['Person'], expression: 'Person.gender' })).status).toBe(201);
    expect((await ask('DELETE', 'SearchParameter/second')).status).toBe(200);
    expect((await ask('GET', 'Patient?shared=m1')).status).toBe(400);
  });

  it('twice in one transaction is refused whole', async () => {
    const entry = ['twin-a', 'twin-b'].map((id, n) => ({ resource: parameter(id, { code: 'twin', expression: n === 0 ? 'Patient.maritalStatus' : 'Patient.communication.language' }), request: { method: 'PUT', url: `SearchParameter/${id}` } }));
    const answer = await ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([answer.status, answer.json.issue[0].expression]).toEqual([409, ['Bundle.entry[1].resource']]);
    expect((await ask('GET', 'SearchParameter/twin-a')).status).toBe(404);
  });
});

describe('update, retirement, deletion', () => {
  it('take the parameter out of use or make it another', async () => {
    expect((await put('moving')).status).toBe(201);
    expect((await indexed('Patient?moving=m1&_summary=count')).json.total).toBe(20);
    expect((await put('moving', { type: 'string', expression: 'Patient.contact.name.family' })).status).toBe(200);
    expect((await indexed('Patient?moving=contact7&_summary=count')).json.total).toBe(1);
    expect((await put('moving', { status: 'retired' })).status).toBe(200);
    expect((await ask('GET', 'Patient?moving=contact7')).status).toBe(400);
    expect(await advertised('Patient')).not.toContain('moving');
    const patched = await ask('PATCH', 'SearchParameter/moving', [{ op: 'replace', path: '/status', value: 'active' }], { 'content-type': 'application/json-patch+json' });
    expect(patched.status, patched.text).toBe(200);
    expect((await indexed('Patient?moving=m2&_summary=count')).json.total).toBe(20);
    // A new version of the same meaning needs no reindex.
    expect((await put('moving', { description: 'other words' })).status).toBe(200);
    expect((await ask('GET', 'Patient?moving=m2&_summary=count')).json.total).toBe(20);
    expect((await ask('DELETE', 'SearchParameter?url=http://example.org/SearchParameter/moving')).status).toBe(200);
    expect((await ask('GET', 'Patient?moving=m2')).status).toBe(400);
  });

  it('without resources of its types it is in use at once, also for those that the same transaction brings', async () => {
    expect((await put('devices', { base: ['Device'], type: 'string', expression: 'Device.lotNumber' })).status).toBe(201);
    expect((await ask('GET', 'Device?devices=a')).status).toBe(200);
    const entry = [
      { resource: parameter('slots', { base: ['Slot'], type: 'string', expression: 'Slot.comment' }), request: { method: 'POST', url: 'SearchParameter' } },
      { resource: { resourceType: 'Slot', id: 's', schedule: { reference: 'Schedule/1' }, status: 'free', start: '2026-01-01T00:00:00Z', end: '2026-01-01T01:00:00Z', comment: 'window' }, request: { method: 'PUT', url: 'Slot/s' } },
      { request: { method: 'GET', url: 'Patient?marital=m1&_count=1' } },
    ];
    const answer = await ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    expect(answer.json.entry.map(({ response }: any) => response.status), answer.text.slice(0, 300)).toEqual(['201 Created', '201 Created', '200 OK']);
    expect(ids(await indexed('Slot?slots=wind'))).toEqual(['s']);
  });

  it('a dry run leaves nothing', async () => {
    const answer = await ask('PUT', 'SearchParameter/rehearsed?-dry-run=true', parameter('rehearsed'));
    expect(answer.status, answer.text).toBe(201);
    expect((await ask('GET', 'Patient?rehearsed=m1')).status).toBe(400);
  });
});

describe('until it is indexed', () => {
  const { held } = { held: { id: 'held', expression: "Patient.extension('http://example.org/friend').value", type: 'reference', target: ['Patient'] } };

  it('nothing is answered by it: searches are 503, conditional writes 412, and it is not advertised; cancelled, $reindex brings it', async () => {
    // A job that no worker takes: as if all of them were busy.
    await server().db.write.query({ text: "create function hold() returns trigger language plpgsql as $$ begin new.kind := 'held'; return new; end $$" });
    await server().db.write.query({ text: 'create trigger hold before insert on job for each row execute function hold()' });
    expect((await put('held', held)).status).toBe(201);
    for (const query of ['held=Patient/p1', 'held:missing=true', 'held.gender=female', '_has:Patient:held:_id=p1', '_sort=held', '_include=Patient:held', '_revinclude=Patient:held', 'general-practitioner:Patient.held=p1'].slice(0, 7)) {
      for (const prefer of ['handling=strict', 'handling=lenient']) {
        const answer = await ask('GET', `Patient?${query}`, undefined, { prefer });
        expect([answer.status, answer.json.issue[0].code, answer.json.issue[0].diagnostics], query).toEqual([503, 'transient', 'The search parameter "held" is not indexed yet: the reindex waits (0 %)']);
      }
    }
    expect((await ask('GET', 'Observation?subject:Patient.held=p1')).status).toBe(503);
    for (const [method, path, body, headers] of [
      ['PUT', 'Patient?held=p1', { resourceType: 'Patient' }, {}], ['DELETE', 'Patient?held=p1', undefined, {}], ['POST', 'Patient', { resourceType: 'Patient' }, { 'if-none-exist': 'held=p1' }],
      ['PATCH', 'Patient?held=p1', [{ op: 'add', path: '/language', value: 'en' }], { 'content-type': 'application/json-patch+json' }],
    ] as const) {
      const answer = await ask(method, path, body, { prefer: 'handling=lenient', ...headers });
      expect([answer.status, answer.json.issue[0].diagnostics], `${method} ${path}`).toEqual([412, expect.stringContaining('"held" is not indexed yet: the reindex waits')]);
    }
    const inBundle = await ask('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: [{ resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: 'Patient?held=p1' } }, request: { method: 'POST', url: 'Basic' } }] });
    expect(inBundle.status).toBe(412);
    expect(await advertised('Patient')).not.toContain('held');
    // What needs no index of it goes on.
    expect((await ask('GET', 'Patient?_id=p1&_include=*&_revinclude=*')).status).toBe(200);
    const [{ job }] = await server().db.read.query<{ job: string }>({ text: "select job from posted_parameter where id = 'held'" }) as [{ job: string }];
    expect((await ask('DELETE', `_job/${job}`)).status).toBe(202);
    expect((await ask('GET', 'Patient?held=p1')).json.issue[0].diagnostics).toMatch(/its reindex was cancelled; POST \[base\]\/\$reindex/);
    await server().db.write.query({ text: 'drop trigger hold on job' });
    const again = await ask('POST', '$reindex', { resourceType: 'Parameters', parameter: [{ name: 'type', valueCode: 'Patient' }] });
    expect(again.status).toBe(202);
    expect(ids(await indexed('Patient?held=p1'))).toEqual(['p0']);
  });
});
