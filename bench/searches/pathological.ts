/** Queries that have broken other servers, and each way in which an engine may look at far more than it shows. */
import { fixed, patientId, value, type Shape } from './shape.ts';

const loinc = 'http://loinc.org|';

export const pathological: readonly Shape[] = [
  ...[
    'value-quantity=ge99999', 'value-quantity=le99999', 'combo-value-quantity=le140', 'date=lt2015', 'date=gt1900', 'category=laboratory&code=8302-2', 'category=laboratory&category=vital-signs',
    'category=laboratory&status=final', 'code=8302-2&_sort=-date', 'category=laboratory&_sort=-date', 'category=laboratory&code=8302-2&_sort=-date', '_sort=-date', '_sort=-_lastUpdated&category=laboratory&code=8302-2',
    'code=8302-2&value-quantity=gt180', 'category=laboratory&value-quantity=gt99999', 'component-code-value-quantity=8480-6$gt300', 'patient.birthdate=gt1990', 'subject:Patient.organization.name=x',
    '_lastUpdated=lt2000', '_sort=_lastUpdated&_lastUpdated=gt2000', 'code:not=8302-2', 'value-quantity:missing=true&code=8302-2', '_tag=x,y',
    'status=final&category=laboratory&code=49765-1,20565-8,2069-3,38483-4,2339-0', 'status=final&category=vital-signs&code=2713-6,8478-0,8310-5,77606-2,9843-4', 'category=laboratory&patient.birthdate=2020-01,2020-02',
    ...['26.8', '79.5', '183'].map((kg) => `code=${loinc}29463-7&value-quantity=lt${kg}|http://unitsofmeasure.org|kg`),
    ...['8310-5', '55758-7', '72514-3'].flatMap((code) => ['2013', '2019', '2020'].map((year) => `code=${loinc}${code}&date=${year}`)),
    ...['laboratory', 'vital-signs'].flatMap((category) => ['2013', '2019', '2020'].map((year) => `category=${category}&date=${year}`)),
  ].map((query) => fixed(query, `Observation?${query}`)),
  ...[
    'Patient?_has:Observation:patient:code=8480-6', 'Patient?name:contains=ia', 'Patient?_revinclude=*&_count=5', 'Encounter?date=lt1950', 'Encounter?date=ge2020&status=finished&class=AMB',
    'Procedure?reason-reference:Condition.subject:Patient.birthdate=2020', '?_lastUpdated=gt2000&_count=10', '?_type=Observation,Encounter&_count=10', 'Observation?_summary=count', 'Observation?category=laboratory&_summary=count',
    ...['gt', 'ge', 'lt', 'le'].map((prefix) => `Patient?birthdate=${prefix}1998-04-10`),
  ].map((query) => fixed(query, query)),
  { name: '1,000 references, most of nothing', path: ({ ids }) => `Observation?patient=${[...(ids['Patient'] ?? []).slice(0, 100), ...Array.from({ length: 900 }, (_, n) => `none-${n}`)].map((id) => `Patient/${id}`).join()}` },
  { name: '1,000 codes', path: ({ codes }) => `Observation?code=${[...(codes['Observation'] ?? []), ...Array.from({ length: 1000 }, (_, n) => `${loinc}none-${n}`)].slice(0, 1000).map(encodeURIComponent).join()}` },
  { name: '_revinclude of all Observations', path: (harvest, random) => `Patient?_id=${patientId(harvest, random)}&_revinclude=Observation:patient` },
  { name: 'two words of a name', path: ({ patients }, random) => {
    const { family, given } = random.pick(patients);
    return `Observation?patient.family=${value(family)}&patient.given=${value(given)}`;
  } },
];
