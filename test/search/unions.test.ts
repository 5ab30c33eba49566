/** Parameters that others have the rows of: several on one element, where one refers to less. R4: search.html#reference, #chaining, #include. */
import { beforeAll, describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { referencesOf } from '../../src/search/unions.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();
const definitions = loadDefinitions();

describe('the rows of references', () => {
  it.each([
    ['Observation', 'patient', 'subject'], ['Observation', 'subject', 'subject'], ['Encounter', 'practitioner', 'participant'], ['Encounter', 'patient', 'subject'], ['Coverage', 'patient', 'beneficiary'],
    ['Coverage', 'beneficiary', 'beneficiary'], ['Provenance', 'patient', 'target'], ['AllergyIntolerance', 'patient', 'patient'], ['Claim', 'patient', 'patient'], ['EpisodeOfCare', 'care-manager', 'care-manager'],
    ['Observation', 'code', 'code'], ['Observation', 'performer', 'performer'],
  ])('of %s %s are those of %s', (type, code, expected) => {
    expect(referencesOf(definitions.searchParameter(type, code)!, type, definitions.searchParameters(type)).code).toBe(expected);
  });

  it('are never those of a parameter that a client has posted, nor of one that refers to less', () => {
    const subject = definitions.searchParameter('Observation', 'subject')!;
    const patient = definitions.searchParameter('Observation', 'patient')!;
    const posted = { id: 'x', version: 1 } as unknown as NonNullable<typeof subject.posted>;
    expect(referencesOf(patient, 'Observation', [patient, { ...subject, posted }])).toBe(patient);
    expect(referencesOf({ ...patient, posted }, 'Observation', [patient, subject]).posted).toBe(posted);
    expect(referencesOf(subject, 'Observation', [patient, subject])).toBe(subject);
    expect(referencesOf({ ...patient, target: ['Patient', 'Group'] }, 'Observation', [patient, subject]).target).toEqual(['Patient', 'Group']);
  });
});

const reference = (text: string): object => ({ reference: text });
const observation = (id: string, subject: object, more: object = {}): object => ({ resourceType: 'Observation', id, status: 'final', code: { text: 'x' }, subject, ...more });
const resources: readonly object[] = [
  { resourceType: 'Patient', id: 'x', name: [{ family: 'Vries' }], active: true },
  { resourceType: 'Group', id: 'x', type: 'person', actual: true, code: { text: 'family' } },
  { resourceType: 'Location', id: 'house', name: 'House' },
  { resourceType: 'Location', id: 'room', name: 'Room', partOf: reference('Location/house') },
  { resourceType: 'Device', id: 'x', identifier: [{ value: '7' }] },
  observation('of-patient', reference('Patient/x')),
  observation('of-version', reference('Patient/x/_history/1')),
  observation('of-group', reference('Group/x')),
  observation('of-room', reference('Location/room')),
  observation('of-device', reference('Device/x')),
  observation('of-contained', reference('#p'), { contained: [{ resourceType: 'Patient', id: 'p', name: [{ family: 'Vries' }] }] }),
  observation('of-contained-device', reference('#d'), { contained: [{ resourceType: 'Device', id: 'd', identifier: [{ value: '7' }] }] }),
  observation('of-nobody', { identifier: { system: 'urn:mr', value: '1' }, type: 'Patient' }),
  { resourceType: 'Practitioner', id: 'x', name: [{ family: 'Jansen' }] },
  { resourceType: 'RelatedPerson', id: 'x', name: [{ family: 'Jansen' }], patient: reference('Patient/x') },
  { resourceType: 'Encounter', id: 'with-both', status: 'finished', class: { code: 'AMB' }, subject: reference('Patient/x'), participant: [{ individual: reference('Practitioner/x') }, { individual: reference('RelatedPerson/x') }] },
  { resourceType: 'Encounter', id: 'with-relative', status: 'finished', class: { code: 'AMB' }, subject: reference('Group/x'), participant: [{ individual: reference('RelatedPerson/x') }] },
];

beforeAll(async () => {
  const entry = resources.map((resource) => ({ resource, request: { method: 'PUT', url: `${(resource as any).resourceType}/${(resource as any).id}` } }));
  const answer = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  expect(answer.status, answer.text.slice(0, 500)).toBe(200);
});

const found = async (query: string): Promise<string[]> => {
  const answer = await send('GET', `${server().base}/${query}`);
  expect(answer.status, answer.text).toBe(200);
  return (answer.json.entry ?? []).map(({ resource }: any) => `${resource.resourceType}/${resource.id}`).toSorted();
};
const observations = (...ids: string[]): string[] => ids.map((id) => `Observation/${id}`).toSorted();

describe('are found', () => {
  it.each<[query: string, expected: string[]]>([
    ['Observation?patient=x', observations('of-patient', 'of-version')], ['Observation?patient=Patient/x', observations('of-patient', 'of-version')], ['Observation?patient=Group/x', []],
    ['Observation?subject=x', observations('of-patient', 'of-version', 'of-group', 'of-device')], ['Observation?subject:Group=x', observations('of-group')],
    ['Observation?patient.name=vries', observations('of-patient', 'of-version', 'of-contained')], ['Observation?subject:Patient.name=vries', observations('of-patient', 'of-version', 'of-contained')],
    ['Observation?patient.active=true&status=final', observations('of-patient', 'of-version')], ['Observation?subject:Device.identifier=7', observations('of-device', 'of-contained-device')],
    ['Observation?subject.identifier=7', observations('of-device', 'of-contained-device')], ['Observation?patient.identifier=7', []],
    ['Observation?patient:missing=true', observations('of-group', 'of-room', 'of-device', 'of-contained-device')],
    ['Observation?subject:below=Location/house', observations('of-room')], ['Observation?patient:below=Location/house', []],
    ['Patient?_has:Observation:patient:status=final', ['Patient/x']], ['Group?_has:Observation:subject:status=final', ['Group/x']], ['Device?_has:Observation:subject:status=final', ['Device/x']],
    ['Encounter?participant=x', ['Encounter/with-both', 'Encounter/with-relative']], ['Encounter?practitioner=x', ['Encounter/with-both']],
    ['Encounter?practitioner.name=jansen', ['Encounter/with-both']], ['Encounter?participant:RelatedPerson.name=jansen', ['Encounter/with-both', 'Encounter/with-relative']],
    ['Practitioner?_has:Encounter:practitioner:status=finished', ['Practitioner/x']], ['RelatedPerson?_has:Encounter:participant:status=finished', ['RelatedPerson/x']],
    ['Patient?_revinclude=Observation:patient', [...observations('of-patient', 'of-version'), 'Patient/x'].toSorted()], ['Group?_revinclude=Observation:patient', ['Group/x']],
    ['Group?_revinclude=Observation:subject', [...observations('of-group'), 'Group/x'].toSorted()], ['Group?_revinclude=Observation:*', [...observations('of-group'), 'Group/x'].toSorted()],
    ['Group?_revinclude=*', ['Encounter/with-relative', 'Group/x', 'Observation/of-group']], ['RelatedPerson?_revinclude=Encounter:practitioner', ['RelatedPerson/x']],
    ['?_type=Patient,Group&_revinclude=Observation:patient', [...observations('of-patient', 'of-version'), 'Group/x', 'Patient/x'].toSorted()],
    ['?_type=Patient,Group&_revinclude=Observation:patient&_revinclude=Encounter:subject', ['Encounter/with-both', 'Encounter/with-relative', 'Group/x', ...observations('of-patient', 'of-version'), 'Patient/x'].toSorted()],
    ['Observation?_id=of-group&_include=Observation:patient', observations('of-group')], ['Observation?_id=of-patient&_include=Observation:patient', [...observations('of-patient'), 'Patient/x'].toSorted()],
  ])('by %s', async (query, expected) => {
    expect(await found(query)).toEqual(expected);
  });

  it('by a patient whose reference is an identifier alone', async () => {
    expect(await found('Observation?subject:identifier=urn:mr|1')).toEqual(observations('of-nobody'));
  });

  it.each([['Group?_has:Observation:patient:status=final', 'never'], ['Observation?patient:Group.code=family', 'never']])('not by %s', async (query, part) => {
    const answer = await send('GET', `${server().base}/${query}`);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(part)]);
  });
});
