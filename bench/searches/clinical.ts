/** What a viewer of records asks for while a patient sits there: a patient's latest values, lists, record, and what changed. */
import { fixed, patientId, value, type Shape } from './shape.ts';

const ofPatient = (name: string, query: string): Shape => ({ name, path: (harvest, random) => query.replace('{id}', patientId(harvest, random)) });
const recent = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();

export const clinical: readonly Shape[] = [
  ofPatient('latest heights', 'Observation?patient=Patient/{id}&code=http://loinc.org|8302-2&_sort=-date&_count=10'),
  ofPatient('laboratory since 2020', 'Observation?patient=Patient/{id}&category=laboratory&date=ge2020-01-01&_sort=-date&_count=50'),
  ofPatient('vital signs', 'Observation?patient=Patient/{id}&code=8480-6,8462-4,8867-4&_sort=-date&_count=50'),
  ofPatient('active conditions', 'Condition?patient=Patient/{id}&clinical-status=active'),
  ofPatient('active medication', 'MedicationRequest?patient=Patient/{id}&status=active&_include=MedicationRequest:medication'),
  ofPatient('encounters with who and where', 'Encounter?patient=Patient/{id}&_include=Encounter:participant&_include=Encounter:location&_sort=-date'),
  ofPatient('patient with observations', 'Patient?_id={id}&_revinclude=Observation:patient&_count=1'),
  { name: 'by name and birth date', path: ({ patients }, random) => {
    const { family, birthDate } = random.pick(patients);
    return `Patient?family=${value(family)}&birthdate=${birthDate}`;
  } },
  { name: 'by identifier', path: ({ patients }, random) => `Patient?identifier=${encodeURIComponent(random.pick(patients).identifier)}` },
  { name: 'chain: patient.name', path: ({ patients }, random) => `Observation?patient.name=${value(random.pick(patients).family)}&_count=20` },
  fixed('reverse chain', 'Patient?_has:Observation:patient:code=http://loinc.org|72514-3&_count=20'),
  ofPatient('everything', 'Patient/{id}/$everything?_count=100'),
  { name: 'changed lately', path: () => `Observation?_lastUpdated=gt${recent(5)}&_sort=_lastUpdated&_count=100` },
  ofPatient('history', 'Patient/{id}/_history'),
];
