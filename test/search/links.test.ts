/** Searches that lead to other resources, and the modifiers that need more than a value. R4: search.html#chaining, #has, #include, #modifiers. */
import { beforeAll, describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const loinc = 'http://loinc.org';
const coding = (code: string, system = loinc): object => ({ coding: [{ system, code }] });
const quantity = (value: number, code: string, unit = code): object => ({ value, unit, system: 'http://unitsofmeasure.org', code });

/** Sent as text, so that 1.10 stays 1.10. */
const resources: readonly object[] = [
  { resourceType: 'Organization', id: 'o1', name: 'Clinic', partOf: { reference: 'Organization/o0' } },
  { resourceType: 'Organization', id: 'o0', name: 'Trust' },
  { resourceType: 'Location', id: 'l1', name: 'House', position: { latitude: 52.37, longitude: 4.89 } },
  { resourceType: 'Location', id: 'l2', name: 'Wing', partOf: { reference: 'Location/l1' }, position: { latitude: 52.09, longitude: 5.12 } },
  { resourceType: 'Location', id: 'l3', name: 'Room', partOf: { reference: 'Location/l2' } },
  { resourceType: 'Practitioner', id: 'd1', name: [{ family: 'Jansen' }] },
  { resourceType: 'Patient', id: 'p1', name: [{ family: 'de Vries', given: ['Anna'] }], gender: 'female', birthDate: '1980-05-11', managingOrganization: { reference: 'Organization/o1' }, generalPractitioner: [{ reference: 'Practitioner/d1' }, { reference: 'Organization/o1' }],
    identifier: [{ system: 'urn:mr', value: '42', type: { coding: [{ system: 'urn:types', code: 'MR' }] } }] },
  { resourceType: 'Patient', id: 'p2', name: [{ family: 'Bakker' }], gender: 'male', birthDate: '1970', managingOrganization: { reference: 'Organization/o0' } },
  { resourceType: 'Patient', id: 'p3', _birthDate: { extension: [{ url: 'urn:x', valueCode: 'unknown' }] }, active: true },
  { resourceType: 'Encounter', id: 'e1', status: 'finished', class: { code: 'AMB' }, subject: { reference: 'Patient/p1' }, location: [{ location: { reference: 'Location/l3' } }], period: { start: '2020-01-01', end: '2020-01-02' } },
  { resourceType: 'Encounter', id: 'e2', status: 'planned', class: { code: 'AMB' }, subject: { reference: 'Patient/p2' }, location: [{ location: { reference: 'Location/l1' } }] },
  { resourceType: 'Observation', id: 'w1', status: 'final', code: coding('29463-7'), subject: { reference: 'Patient/p1' }, encounter: { reference: 'Encounter/e1' }, valueQuantity: quantity(70, 'kg'), effectiveDateTime: '2020-01-01' },
  { resourceType: 'Observation', id: 'w2', status: 'final', code: coding('29463-7'), subject: { reference: 'Patient/p2' }, valueQuantity: quantity(90_000, 'g'), effectiveDateTime: '2021-01-01' },
  { resourceType: 'Observation', id: 'bp', status: 'preliminary', code: coding('85354-9'), subject: { reference: 'Patient/p1' }, effectiveDateTime: '2022-01-01',
    component: [{ code: coding('8480-6'), valueQuantity: quantity(120, 'mm[Hg]') }, { code: coding('8462-4'), valueQuantity: quantity(80, 'mm[Hg]') }] },
  { resourceType: 'Substance', id: 'na', code: { text: 'sodium' }, instance: [{ quantity: quantity(140, 'mmol/L') }] },
  { resourceType: 'Substance', id: 'below', instance: [{ quantity: { ...quantity(5, 'mg'), comparator: '<' } }] },
  { resourceType: 'Substance', id: 'above', instance: [{ quantity: { ...quantity(5, 'mg'), comparator: '>=' } }] },
  { resourceType: 'Substance', id: 'wbc', code: { text: 'cells' }, instance: [{ quantity: quantity(7, '10*3/uL') }] },
  { resourceType: 'Observation', id: 'n1', status: 'final', code: { text: 'x' }, subject: { identifier: { system: 'urn:mr', value: 'A7' } } },
  { resourceType: 'MedicationRequest', id: 'm1', status: 'active', intent: 'order', subject: { reference: 'Patient/p1' }, contained: [{ resourceType: 'Medication', id: 'med', code: coding('abc', 'urn:drugs') }], medicationReference: { reference: '#med' } },
  { resourceType: 'Medication', id: 'med2', code: coding('abc', 'urn:drugs') },
  { resourceType: 'MedicationRequest', id: 'm2', status: 'active', intent: 'order', subject: { reference: 'Patient/p2' }, medicationReference: { reference: 'Medication/med2' } },
  { resourceType: 'List', id: 'li', status: 'current', mode: 'working', entry: [{ item: { reference: 'Patient/p1' } }, { item: { reference: 'Patient/p3' } }] },
  { resourceType: 'ValueSet', id: 'v1', url: 'http://a.org/vs/one', version: '1.1', status: 'active' },
  { resourceType: 'ValueSet', id: 'v2', url: 'http://a.org/vs', status: 'active' },
  { resourceType: 'Questionnaire', id: 'q1', url: 'http://a.org/q', version: '1.2.3', status: 'active' },
  { resourceType: 'QuestionnaireResponse', id: 'qr', status: 'completed', questionnaire: 'http://a.org/q|1.2.3' },
  { resourceType: 'DocumentReference', id: 'dr', status: 'current', content: [{ attachment: { contentType: 'text/xml; charset=utf-8' } }], relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/old' } }] },
  { resourceType: 'MolecularSequence', id: 'ms', coordinateSystem: 0, referenceSeq: { referenceSeqId: coding('NC_1', 'urn:s'), windowStart: 10, windowEnd: 20 }, variant: [{ start: 12, end: 13 }, { start: 18, end: 19 }] },
  { resourceType: 'Provenance', id: 'pr', target: [{ reference: 'Patient/p1/_history/1' }], recorded: '2020-01-01T00:00:00Z', agent: [{ who: { reference: 'Practitioner/d1' } }] },
];

beforeAll(async () => {
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${(resource as any).resourceType}/${(resource as any).id}` } }));
  const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
});

async function found(query: string, mode = 'match'): Promise<string[]> {
  const answer = await send('GET', `${server().base}/${query}`);
  expect(answer.status, answer.text).toBe(200);
  return (answer.json.entry ?? []).filter((entry: any) => entry.search.mode === mode).map((entry: any) => entry.resource.id);
}

const unordered: readonly [query: string, ids: string[]][] = [
  // Chains: typed, untyped, several links, values of several types, ids.
  ['Observation?subject:Patient.name=vries', ['w1', 'bp']], ['Observation?patient.gender=male', ['w2']], ['Observation?patient.organization.name=Clinic', ['w1', 'bp']],
  ['Observation?patient.birthdate=lt1975', ['w2']], ['Observation?subject.name=bakker', ['w2']], ['Observation?encounter.location.name=Room', ['w1']],
  ['Patient?general-practitioner.name=jansen', ['p1']], ['Patient?general-practitioner:Organization.name=jansen', []], ['Observation?patient._id=p2', ['w2']],
  ['Observation?patient.name=nobody', []], ['Observation?patient.gender=male,female', ['w1', 'bp', 'w2']], ['Patient?organization.partof.name=Trust', ['p1']],
  // Into contained resources (search.html#contained).
  ['MedicationRequest?medication.code=urn:drugs|abc', ['m1', 'm2']], ['Medication?code=abc', ['med2']],
  // Reverse chains.
  ['Patient?_has:Observation:patient:code=29463-7', ['p1', 'p2']], ['Patient?_has:Observation:patient:value-quantity=gt80', ['p2']],
  ['Patient?_has:Encounter:patient:_has:Observation:encounter:code=29463-7', ['p1']], ['Patient?_has:Observation:patient:encounter.status=finished', ['p1']],
  ['Observation?patient._has:Encounter:patient:status=planned', ['w2']],
  // Hierarchies: the resource itself is part of what lies below and above it.
  ['Encounter?location:below=Location/l1', ['e1', 'e2']], ['Encounter?location:below=l2', ['e1']], ['Encounter?location:above=Location/l2', ['e2']], ['Location?partof:below=Location/l1', ['l2', 'l3']],
  // Missing, primitives with extensions alone included (search.html#missing).
  ['Patient?birthdate:missing=true', ['p3']], ['Patient?birthdate:missing=false', ['p1', 'p2']], ['Patient?gender:missing=true', ['p3']], ['Observation?subject:missing=true', []],
  ['Observation?value-quantity:missing=true', ['bp', 'n1']], ['Observation?patient.active:missing=false', []], ['Patient?_id:missing=true', []], ['Patient?_id:missing=false', ['p1', 'p2', 'p3']], ['Patient?_lastUpdated:missing=false&active:missing=false', ['p3']], ['Observation?combo-value-quantity:missing=true', ['n1']],
  // Composites: of one element, never across elements.
  ['Observation?code-value-quantity=29463-7$gt80', ['w2']], ['Observation?code-value-quantity=29463-7$70', ['w1']], ['Observation?component-code-value-quantity=8480-6$gt100', ['bp']],
  ['Observation?component-code-value-quantity=8462-4$gt100', []], ['Observation?combo-code-value-quantity=http://loinc.org|8462-4$80', ['bp']], ['Observation?combo-code-value-quantity=29463-7$lt80', ['w1']],
  ['Observation?component-code-value-quantity=8480-6$gt15|http://unitsofmeasure.org|kPa', ['bp']], ['Observation?combo-code=8480-6', ['bp']], ['Observation?combo-value-quantity=80', ['bp']],
  ['Observation?component-code-value-quantity=http://loinc.org|$gt100', ['bp']], ['Observation?value-quantity=sa70|http://unitsofmeasure.org|kg', ['w2']], ['Observation?value-quantity=eb90000|http://unitsofmeasure.org|g', ['w1']],
  ['Substance?quantity=gt100|http://unitsofmeasure.org|umol/L', ['na']], ['Substance?quantity=lt1|http://unitsofmeasure.org|mol/L', ['na']], ['Substance?quantity=7000000|http://unitsofmeasure.org|/mL', ['wbc']],
  ['Substance?quantity=eb5|http://unitsofmeasure.org|mg', ['below']], ['Substance?quantity=eb0.005|http://unitsofmeasure.org|g', ['below']], ['Substance?quantity=sa5||mg', []], ['Substance?quantity=sa4.9||mg', ['above']],
  ['DocumentReference?relationship=DocumentReference/old$replaces', []], ['DocumentReference?relationship=replaces$DocumentReference/old', ['dr']],
  ['MolecularSequence?referenceseqid-variant-coordinate=NC_1$ge12$lt14', ['ms']], ['MolecularSequence?referenceseqid-variant-coordinate=NC_1$gt12$lt14', []], ['MolecularSequence?referenceseqid-window-coordinate=urn:s|NC_1$10$20', ['ms']],
  // Quantities: in the unit sent and in any of the same dimension.
  ['Observation?value-quantity=90|http://unitsofmeasure.org|kg', ['w2']], ['Observation?value-quantity=gt69|http://unitsofmeasure.org|kg', ['w1', 'w2']], ['Observation?value-quantity=90', []],
  ['Observation?value-quantity=90000||g', ['w2']], ['Observation?value-quantity=70|http://unitsofmeasure.org', ['w1']], ['Observation?value-quantity=lt71|http://unitsofmeasure.org|m', []],
  // Tokens and references.
  ['Patient?identifier:of-type=urn:types|MR|42', ['p1']], ['Patient?identifier:of-type=urn:types|MR|43', []], ['Observation?subject:identifier=urn:mr|A7', ['n1']], ['Observation?subject:identifier=A7', ['n1']],
  ['DocumentReference?contenttype:below=text', ['dr']], ['DocumentReference?contenttype:below=text/xml', ['dr']], ['DocumentReference?contenttype:below=image', []], ['DocumentReference?contenttype=text/xml', []],
  ['Observation?status:not=final', ['bp']], ['Observation?combo-code:not=29463-7', ['bp', 'n1']],
  // URIs and canonicals.
  ['ValueSet?url:below=http://a.org/vs', ['v1', 'v2']], ['ValueSet?url:above=http://a.org/vs/one/deep', ['v1', 'v2']], ['ValueSet?url=http://a.org/vs', ['v2']], ['ValueSet?url:below=http://a.org/v', []],
  ['QuestionnaireResponse?questionnaire=http://a.org/q', ['qr']], ['QuestionnaireResponse?questionnaire:below=http://a.org/q|1', ['qr']], ['QuestionnaireResponse?questionnaire:below=http://a.org/q|1.3', []],
  // Lists, places.
  ['Patient?_list=li', ['p1', 'p3']], ['Patient?_list=nope', []], ['Location?near=52.37|4.89|1|km', ['l1']], ['Location?near=52.37|4.89|100', ['l1', 'l2']], ['Location?near=52.37|4.89|100|m', ['l1']], ['Location?near=-52|4.89|1|km', []],
  // Compartments and the system.
  ['Patient/p1/Observation', ['w1', 'bp']], ['Patient/p1/Observation?code=85354-9', ['bp']], ['Patient/p9/Observation', []], ['Encounter/e1/Observation', ['w1']], ['Patient/p2/*', ['p2', 'e2', 'w2', 'm2']],
  ['?_type=Patient,Location&name=house', []], ['?_type=Organization,Location&name=house', ['l1']], ['?_id=p1', ['p1']], ['?_type=Patient&_has:Observation:patient:code=85354-9', ['p1']],
  ['Provenance?target=Patient/p1', ['pr']],
];

it.each(unordered.filter(([query]) => !query.startsWith('?_type=Patient,Location')))('%s finds %j', async (query, ids) => {
  expect((await found(query)).toSorted()).toEqual(ids.toSorted());
});

const ordered: readonly [query: string, ids: string[]][] = [
  ['Observation?_sort=date', ['w1', 'w2', 'bp', 'n1']], ['Observation?_sort=-date', ['bp', 'w2', 'w1', 'n1']], ['Patient?_sort=birthdate', ['p2', 'p1', 'p3']], ['Patient?_sort=-_id', ['p3', 'p2', 'p1']],
  ['Patient?_sort=family', ['p2', 'p1', 'p3']], ['Patient?_sort=-family', ['p1', 'p2', 'p3']], ['Observation?_sort=value-quantity', ['w1', 'w2', 'bp', 'n1']], ['Observation?_sort=-combo-value-quantity', ['w2', 'bp', 'w1', 'n1']],
  ['Patient?_sort=gender', ['p1', 'p2', 'p3']], ['Observation?_sort=status,-date', ['w2', 'w1', 'n1', 'bp']], ['Observation?_sort=-status,date', ['bp', 'w1', 'w2', 'n1']],
  ['Observation?_sort=code,date&code:missing=false&subject:missing=false', ['w1', 'w2', 'bp', 'n1']], ['Observation?_sort=date,-_id&date:missing=true', ['n1']], ['Observation?patient=p1&_sort=-date', ['bp', 'w1']],
];

describe('_sort', () => {
  it.each(ordered)('%s', async (query, ids) => {
    expect(await found(query)).toEqual(ids);
  });

  it.each(ordered)('%s page by page, forwards and back', async (query, ids) => {
    const walk = async (url: string, relation: string): Promise<string[][]> => {
      const pages: string[][] = [];
      for (let next: string | undefined = url; next !== undefined && pages.length < 20;) {
        const { json, status, text } = await send('GET', next);
        expect(status, text).toBe(200);
        pages.push((json.entry ?? []).map((entry: any) => entry.resource.id));
        next = json.link.find((link: any) => link.relation === relation)?.url;
      }
      return pages;
    };
    const first = `${server().base}/${query}&_count=1`;
    expect((await walk(first, 'next')).flat()).toEqual(ids);
    if (ids.length === 1) return;
    const last = (await send('GET', first)).json.link.find((link: any) => link.relation === 'last').url;
    expect((await walk(last, 'previous')).toReversed().flat()).toEqual(ids);
  });
});

const included: readonly [query: string, ids: string[]][] = [
  ['Observation?_id=w1&_include=Observation:patient', ['p1']], ['Observation?_id=w1&_include=Observation:subject:Patient', ['p1']], ['Observation?_id=w1&_include=Observation:subject:Group', []],
  ['Observation?_id=w1&_include=Observation:encounter&_include:iterate=Encounter:location&_include:iterate=Location:partof', ['e1', 'l3', 'l2', 'l1']], ['Observation?_id=w1&_include=Observation:encounter&_include:recurse=Encounter:location', ['e1', 'l3']],
  ['Observation?_id=w1&_include=*', ['p1', 'e1']], ['Observation?code=29463-7&_include=Observation:patient', ['p1', 'p2']], ['Observation?patient=p1&_include=Observation:patient', ['p1']],
  ['Patient?_id=p1&_revinclude=Observation:patient', ['w1', 'bp']], ['Patient?_id=p2&_revinclude=*', ['e2', 'w2', 'm2']], ['Patient?_id=p1&_revinclude=Encounter:patient&_revinclude:iterate=Observation:encounter', ['e1', 'w1']],
  ['QuestionnaireResponse?_include=QuestionnaireResponse:questionnaire', ['q1']], ['Questionnaire?_revinclude=QuestionnaireResponse:questionnaire', ['qr']], ['Provenance?_include=Provenance:target', ['p1']],
  ['MedicationRequest?_include=MedicationRequest:medication', ['med2']],
];

describe('_include and _revinclude', () => {
  it.each(['4294967297', '99999999999999999999', '7'])('of a version that is not there (%s) gives nothing', async (version) => {
    const { status } = await send('PUT', `${server().base}/Basic/versioned`, { body: { resourceType: 'Basic', id: 'versioned', code: { text: 'x' }, subject: { reference: `Patient/p1/_history/${version}` } } });
    expect(status).toBeLessThan(202);
    const { json } = await send('GET', `${server().base}/Basic?_id=versioned&_include=Basic:subject`);
    expect(json.entry).toHaveLength(1);
  });

  it.each(included)('%s adds %j', async (query, ids) => {
    expect((await found(query, 'include')).toSorted()).toEqual(ids.toSorted());
  });

  it('a page holds fewer matches where their includes are too many, and one match says what is cut', async () => {
    const entry = Array.from({ length: 1_200 }, (_, n) => ({ resource: { resourceType: 'Flag', status: 'active', code: { text: 'x' }, subject: { reference: `Patient/${n < 1_100 ? 'many' : 'few'}` } }, request: { method: 'POST', url: 'Flag' } }));
    for (const id of ['few', 'many']) entry.push({ resource: { resourceType: 'Patient', id, meta: { tag: [{ code: 'flagged' }] } } as any, request: { method: 'PUT', url: `Patient/${id}` } });
    expect((await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } })).status).toBe(200);
    const seen: string[] = [];
    let warnings = 0;
    for (let next: string | undefined = `${server().base}/Patient?_tag=flagged&_revinclude=Flag:patient`; next !== undefined;) {
      const { json } = await send('GET', next);
      seen.push(...json.entry.filter((one: any) => one.search.mode === 'match').map((one: any) => one.resource.id));
      warnings += json.entry.filter((one: any) => one.search.mode === 'outcome').length;
      next = json.link.find((link: any) => link.relation === 'next')?.url;
    }
    expect(seen.toSorted()).toEqual(['few', 'many']);
    expect(warnings).toBe(1);
  });
});

const refused: readonly [query: string, part: string][] = [
  ['Observation?subject:Device.name=x', 'name'], ['Observation?status.x=1', 'status'], ['Observation?patient.nonsense=1', 'nonsense'], ['Patient?_has:Observation:nonsense:code=1', 'nonsense'], ['Patient?_has:Nonsense:patient:code=1', 'Nonsense'],
  ['Patient?_has:Observation:patient=1', '_has'], ['Patient?_has:Observation:encounter:code=1', 'never'], ['Observation?code:in=x', 'terminology'], ['Observation?code:below=x', 'terminology'], ['Observation?code-value-quantity:missing=true', 'missing'],
  ['Observation?code-value-quantity=a', '$'], ['Patient?birthdate:missing=maybe', 'maybe'], ['Patient?gender:of-type=a|b|c', 'of-type'], ['Patient?identifier:of-type=a|b', 'of-type'], ['Location?near=91|0', '91'], ['Location?near=1|1|1|furlong', 'furlong'],
  ['Encounter?subject:below=Patient/p1', 'part of'], ['Patient?_sort=nonsense', 'nonsense'], ['Patient?_sort=birthdate,birthdate', 'twice'], ['Location?_sort=near', 'near'], ['Patient?_include=Patient:nonsense', 'nonsense'], ['Patient?_include=nonsense', 'nonsense'],
  ['Patient?_include:x=*', 'iterate'], ['?name=x', 'name'], ['?_type=Nonsense', 'Nonsense'], ['Observation?value-quantity=x', 'x'], ['Observation?value-quantity=1|a|b|c', '|'], ['RiskAssessment?probability=abc', 'abc'], ['Patient?_list=$current-problems', 'functional'],
  ['Observation?_id=w1&_include=Observation:patient&_summary=text', '_summary'], ['Patient?_sort=birthdate&-page=WyJhIiwiMSIsIngiXQ', 'page'], [`Observation?${'patient.link.'.repeat(9)}_id=1`, 'chained'],
];

it.each(refused)('%s is 400 and says why', async (query, part) => {
  const answer = await send('GET', `${server().base}/${query}`);
  expect([answer.status, answer.json.resourceType], answer.text).toEqual([400, 'OperationOutcome']);
  expect(answer.json.issue[0].diagnostics).toContain(part);
});

it('a lenient search leaves unknown sorts and includes out, and says so', async () => {
  const { json } = await send('GET', `${server().base}/Patient?_sort=nonsense&_include=Patient:nonsense&_id=p1`, { headers: { prefer: 'handling=lenient' } });
  expect(json.link[0].url).toBe(`${server().base}/Patient?_id=p1`);
  expect(json.entry.at(-1).resource.issue).toHaveLength(2);
});

it('paths that are no compartment are 404', async () => {
  for (const path of ['Observation/w1/Patient', 'Patient/p1/Location', 'Patient/p1/Nonsense']) expect((await send('GET', `${server().base}/${path}`)).status, path).toBe(404);
  expect((await send('POST', `${server().base}/Patient/p1/Observation/_search`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'code=85354-9' })).json.total).toBe(1);
});

it('rows of what is contained follow the container', async () => {
  const put = (code: string): Promise<unknown> => send('PUT', `${server().base}/MedicationRequest/m3`, { body: {
    resourceType: 'MedicationRequest', id: 'm3', status: 'active', intent: 'order', subject: { reference: 'Patient/p3' },
    contained: [{ resourceType: 'Medication', id: 'med', code: coding(code, 'urn:drugs') }], medicationReference: { reference: '#med' },
  } });
  await put('one');
  expect(await found('MedicationRequest?medication.code=one')).toEqual(['m3']);
  await put('two');
  expect([await found('MedicationRequest?medication.code=one'), await found('MedicationRequest?medication.code=two')]).toEqual([[], ['m3']]);
  await send('DELETE', `${server().base}/MedicationRequest/m3`);
  expect(await found('MedicationRequest?medication.code=two')).toEqual([]);
});
