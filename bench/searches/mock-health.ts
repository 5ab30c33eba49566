/** The 30 queries of mock.health's public comparison (github.com/mock-health/fhir-server-compare, config/queries.yaml). */
import { codeOf, fixed, idOf, patientId, value, type Shape } from './shape.ts';

const practitioner = idOf('Practitioner');
const location = idOf('Location');
const conditionCode = codeOf('Condition');
const procedureCode = codeOf('Procedure');

export const mockHealth: readonly Shape[] = [
  fixed('capability_statement', 'metadata'),
  fixed('observation_search_default', 'Observation?_count=10'),
  fixed('observation_search_total_accurate', 'Observation?_count=1&_total=accurate'),
  fixed('observation_by_code', 'Observation?code=http://loinc.org|8480-6&_count=1&_total=accurate'),
  fixed('q1_uscore_observation_combo', 'Observation?combo-code=http://loinc.org|8480-6&_count=1&_total=accurate'),
  fixed('patient_by_gender', 'Patient?gender=male&_count=5&_total=accurate'),
  fixed('patient_by_family_prefix', 'Patient?family=S&_count=5'),
  fixed('patient_by_given_prefix', 'Patient?given=A&_count=5'),
  fixed('patient_by_gender_family', 'Patient?gender=female&family=B&_count=5'),
  fixed('observation_by_height', 'Observation?code=http://loinc.org|8302-2&_count=5&_total=accurate'),
  fixed('observation_by_weight', 'Observation?code=http://loinc.org|29463-7&_count=5&_total=accurate'),
  fixed('observation_by_pain', 'Observation?code=http://loinc.org|72514-3&_count=5&_total=accurate'),
  fixed('observation_recent', 'Observation?date=ge2020-01-01&_count=5'),
  { name: 'patient_read_by_id', path: (harvest, random) => `Patient/${patientId(harvest, random)}` },
  { name: 'patient_by_family_exact', path: ({ patients }, random) => `Patient?family=${value(random.pick(patients).family)}&_count=5` },
  { name: 'observations_for_patient', path: (harvest, random) => `Observation?patient=Patient/${patientId(harvest, random)}&_count=20` },
  { name: 'conditions_for_patient', path: (harvest, random) => `Condition?patient=Patient/${patientId(harvest, random)}` },
  { name: 'condition_by_code', path: (harvest, random) => `Condition?code=${conditionCode(harvest, random)}&_count=5` },
  { name: 'procedure_by_code', path: (harvest, random) => `Procedure?code=${procedureCode(harvest, random)}&_count=5` },
  { name: 'encounter_by_patient', path: (harvest, random) => `Encounter?patient=Patient/${patientId(harvest, random)}&_count=10` },
  { name: 'medication_request_by_patient', path: (harvest, random) => `MedicationRequest?patient=Patient/${patientId(harvest, random)}&_count=10` },
  { name: 'encounter_by_practitioner', path: (harvest, random) => `Encounter?participant=Practitioner/${practitioner(harvest, random)}&_count=10` },
  { name: 'encounter_by_location', path: (harvest, random) => `Encounter?location=Location/${location(harvest, random)}&_count=10` },
  fixed('patient_content_search', 'Patient?_content=Smith&_count=5'),
  fixed('observation_content_search', 'Observation?_content=blood&_count=5'),
  fixed('condition_content_search', 'Condition?_content=hypertension&_count=5'),
  fixed('patient_name_text_modifier', 'Patient?name:text=ohn&_count=5'),
  fixed('patient_address_text_modifier', 'Patient?address:text=Boston&_count=5'),
  fixed('patient_text_narrative', 'Patient?_text=Smith&_count=5'),
  fixed('condition_code_text_modifier', 'Condition?code:text=hypertensive&_count=5'),
];
