/** The nine resources of a turn of W1, small and of the shape that claims data have; references are to those made before. */

/** References made so far in the turn, by type. */
export type Made = Readonly<Record<string, string>>;

const coding = (system: string, code: string, display: string): object => ({ coding: [{ system, code, display }], text: display });
const hl7 = (name: string): string => `http://terminology.hl7.org/CodeSystem/${name}`;
const to = (reference: string | undefined): object => ({ reference });
const us = { state: 'MA', postalCode: '01534', country: 'US' };

const money = (value: number): object => ({ value, currency: 'USD' });
const visit = coding('http://snomed.info/sct', '185349003', 'Encounter for check up');
const period = { start: '2021-03-04T09:00:00+01:00', end: '2021-03-04T09:30:00+01:00' };

/** In the order in which they are made; each refers only to earlier ones. */
export const resources: readonly (readonly [type: string, make: (made: Made, turn: number) => object])[] = [
  ['Patient', (_, turn) => ({
    resourceType: 'Patient', active: true, identifier: [{ type: coding(hl7('v2-0203'), 'MR', 'Medical Record Number'), system: 'http://example.org/bench/mrn', value: `B${turn}` }],
    name: [{ use: 'official', family: 'Harrow', given: ['Ida', 'June'] }], telecom: [{ system: 'phone', value: '555-0142', use: 'home' }], gender: 'female', birthDate: '1967-08-21',
    address: [{ line: ['3 Mill Street'], city: 'Northbridge', ...us }], maritalStatus: coding(hl7('v3-MaritalStatus'), 'M', 'Married'), communication: [{ language: coding('urn:ietf:bcp:47', 'en-US', 'English') }],
  })],
  ['Location', () => ({
    resourceType: 'Location', status: 'active', name: 'Northbridge Clinic', mode: 'instance', telecom: [{ system: 'phone', value: '555-0100' }], address: { line: ['72 Harbour Road'], city: 'Northbridge', ...us }, position: { longitude: -71.65, latitude: 42.15 },
  })],
  ['Organization', () => ({
    resourceType: 'Organization', active: true, type: [coding(hl7('organization-type'), 'prov', 'Healthcare Provider')], name: 'Northbridge Clinic', telecom: [{ system: 'phone', value: '555-0100' }], address: [{ line: ['72 Harbour Road'], city: 'Northbridge', ...us }],
  })],
  ['Practitioner', (_, turn) => ({
    resourceType: 'Practitioner', active: true, identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: String(turn) }], name: [{ family: 'Aldous', given: ['Rhea'], prefix: ['Dr.'] }], telecom: [{ system: 'email', value: 'rhea.aldous@example.org', use: 'work' }],
    address: [{ line: ['72 Harbour Road'], city: 'Northbridge', ...us }], gender: 'female',
  })],
  ['Encounter', ({ Patient, Location, Organization, Practitioner }) => ({
    resourceType: 'Encounter', status: 'in-progress', class: { system: hl7('v3-ActCode'), code: 'AMB' }, type: [visit], subject: to(Patient), participant: [{ type: [coding(hl7('v3-ParticipationType'), 'PPRF', 'primary performer')], period, individual: to(Practitioner) }],
    period, location: [{ location: to(Location) }], serviceProvider: to(Organization),
  })],
  ['Observation', ({ Patient, Encounter }) => ({
    resourceType: 'Observation', status: 'final', category: [coding(hl7('observation-category'), 'vital-signs', 'Vital Signs')], code: coding('http://loinc.org', '8302-2', 'Body height'), subject: to(Patient), encounter: to(Encounter),
    effectiveDateTime: period.start, issued: '2021-03-04T09:05:00.000+01:00', valueQuantity: { value: 168.4, unit: 'cm', system: 'http://unitsofmeasure.org', code: 'cm' },
  })],
  ['MedicationRequest', ({ Patient, Encounter, Practitioner }) => ({
    resourceType: 'MedicationRequest', status: 'active', intent: 'order', medicationCodeableConcept: coding('http://www.nlm.nih.gov/research/umls/rxnorm', '313782', 'acetaminophen 325 MG Oral Tablet'), subject: to(Patient), encounter: to(Encounter), authoredOn: period.start, requester: to(Practitioner),
    dosageInstruction: [{ sequence: 1, timing: { repeat: { frequency: 2, period: 1, periodUnit: 'd' } }, asNeededBoolean: false, doseAndRate: [{ type: coding(hl7('dose-rate-type'), 'ordered', 'Ordered'), doseQuantity: { value: 1 } }] }],
  })],
  ['Claim', ({ Patient, Organization, MedicationRequest, Encounter }) => ({
    resourceType: 'Claim', status: 'active', type: coding(hl7('claim-type'), 'pharmacy', 'Pharmacy'), use: 'claim', patient: to(Patient), billablePeriod: period, created: '2021-03-04T09:30:00+01:00', provider: to(Organization), priority: coding(hl7('processpriority'), 'normal', 'Normal'),
    prescription: to(MedicationRequest), insurance: [{ sequence: 1, focal: true, coverage: { display: 'Humana' } }], item: [{ sequence: 1, productOrService: visit, encounter: [to(Encounter)] }], total: money(129.16),
  })],
  ['ExplanationOfBenefit', ({ Patient, Practitioner, Claim, Encounter }) => ({
    resourceType: 'ExplanationOfBenefit',
    contained: [
      { resourceType: 'ServiceRequest', id: 'referral', status: 'completed', intent: 'order', subject: to(Patient), requester: to(Practitioner), performer: [to(Practitioner)] },
      { resourceType: 'Coverage', id: 'coverage', status: 'active', type: { text: 'Humana' }, beneficiary: to(Patient), payor: [{ display: 'Humana' }] },
    ],
    identifier: [{ system: 'http://example.org/bench/claim-group', value: '99999999999' }], status: 'active', type: coding(hl7('claim-type'), 'pharmacy', 'Pharmacy'), use: 'claim', patient: to(Patient), billablePeriod: period, created: '2021-03-04T09:30:00+01:00', insurer: { display: 'Humana' },
    provider: to(Practitioner), referral: to('#referral'), claim: to(Claim), outcome: 'complete', careTeam: [{ sequence: 1, provider: to(Practitioner), role: coding(hl7('claimcareteamrole'), 'primary', 'Primary provider') }],
    insurance: [{ focal: true, coverage: { reference: '#coverage', display: 'Humana' } }], item: [{ sequence: 1, productOrService: visit, servicedPeriod: period, encounter: [to(Encounter)] }], total: [{ category: coding(hl7('adjudication'), 'submitted', 'Submitted Amount'), amount: money(129.16) }], payment: { amount: money(0) },
  })],
];

/** One of the nine by itself, whose references lead nowhere. */
export function single(turn: number): { readonly type: string; readonly body: string } {
  const [type, make] = resources[turn % resources.length]!;
  return { type, body: JSON.stringify(make(Object.fromEntries(resources.map(([other]) => [other, `${other}/none`])), turn)) };
}

/** The one field that a turn's PUT changes. */
export const changes: Readonly<Record<string, (turn: number) => object>> = {
  Patient: () => ({ gender: 'other' }), Practitioner: () => ({ gender: 'other' }), Encounter: () => ({ status: 'finished' }), MedicationRequest: () => ({ status: 'completed' }),
  Location: (turn) => ({ name: `Northbridge Clinic ${turn}` }), Organization: (turn) => ({ name: `Northbridge Clinic ${turn}` }), Observation: () => ({ issued: '2021-03-04T10:00:00.000+01:00' }),
  Claim: () => ({ created: '2021-03-05T09:30:00+01:00' }), ExplanationOfBenefit: () => ({ created: '2021-03-05T09:30:00+01:00' }),
};
