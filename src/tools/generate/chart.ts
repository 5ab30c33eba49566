/** A patient's chart under construction: builders of each kind of entry, with the references among them. */
import { reference, type Resource } from './bundle.ts';
import { bloodPressure, concept, hl7, vitals, type Coding, type Measure } from './codes.ts';
import { decimal } from './json.ts';
import type { Random } from './random.ts';

/** What the entries of one visit have in common. */
export interface Visit {
  readonly encounter: Resource;
  /** Instant of its beginning, `2020-03-04T09:30:00+00:00`. */
  readonly time: string;
}

export interface Chart {
  readonly resources: Resource[];
  visit(time: Date, reason: Coding, minutes: number): Visit;
  condition(visit: Visit, code: Coding, ended?: string): Resource;
  measurement(visit: Visit, category: 'vital-signs' | 'laboratory', measure: Measure, value: number): Resource;
  bloodPressure(visit: Visit, systolic: number, diastolic: number): Resource;
  finding(visit: Visit, code: Coding, value: Coding): Resource;
  report(visit: Visit, code: Coding, results: readonly Resource[]): Resource;
  medication(visit: Visit, code: Coding, reason: Resource | undefined, isActive: boolean, instruction: string): Resource;
  vaccination(visit: Visit, code: Coding): Resource;
  allergy(visit: Visit, allergy: { code: Coding; category: string; reaction: Coding }): Resource;
  procedure(visit: Visit, code: Coding): Resource;
}

export interface ChartOf {
  readonly random: Random;
  readonly patient: Resource;
  readonly patientName: string;
  readonly practice: { readonly practitioner: Resource; readonly name: string; readonly organization: Resource; readonly location: Resource };
}

/** FHIR's instant of a time, to the second. */
export const instant = (time: Date): string => time.toISOString().replace(/\.\d{3}Z$/, '+00:00');

const categoryNames = { 'vital-signs': 'Vital Signs', laboratory: 'Laboratory', 'social-history': 'Social History' } as const;
const categories = (code: keyof typeof categoryNames): object[] => [{ coding: [hl7('observation-category', code, categoryNames[code])] }];
const quantity = ({ unit, ucum, digits }: Measure, value: number): object => ({ value: decimal(value, digits), unit, system: 'http://unitsofmeasure.org', code: ucum });

export function createChart({ random, patient, patientName, practice }: ChartOf): Chart {
  const resources: Resource[] = [patient];
  const subject = reference(patient, patientName);
  const performer = reference(practice.practitioner, practice.name);
  const add = (resourceType: string, content: object): Resource => {
    const resource = { resourceType, id: random.uuid(), ...content };
    resources.push(resource);
    return resource;
  };
  const observation = ({ encounter, time }: Visit, category: keyof typeof categoryNames, code: Coding, more: object): Resource =>
    add('Observation', {
      status: 'final', category: categories(category), code: concept(code), subject, encounter: reference(encounter), effectiveDateTime: time, issued: time, performer: [performer], ...more,
    });
  return {
    resources,
    visit(time, reason, minutes) {
      const encounter = add('Encounter', {
        status: 'finished', class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB', display: 'ambulatory' }, type: [concept(reason)], subject,
        participant: [{ individual: performer }], period: { start: instant(time), end: instant(new Date(time.getTime() + minutes * 60_000)) },
        location: [{ location: reference(practice.location) }], serviceProvider: reference(practice.organization),
      });
      return { encounter, time: instant(time) };
    },
    condition: ({ encounter, time }, code, ended) => add('Condition', {
      clinicalStatus: { coding: [ended === undefined ? hl7('condition-clinical', 'active', 'Active') : hl7('condition-clinical', 'resolved', 'Resolved')] },
      verificationStatus: { coding: [hl7('condition-ver-status', 'confirmed', 'Confirmed')] }, category: [concept(hl7('condition-category', 'encounter-diagnosis', 'Encounter Diagnosis'))],
      code: concept(code), subject, encounter: reference(encounter), onsetDateTime: time, ...(ended !== undefined && { abatementDateTime: ended }), recordedDate: time,
    }),
    measurement: (visit, category, measure, value) => observation(visit, category, measure.code, { valueQuantity: quantity(measure, value) }),
    bloodPressure: (visit, systolic, diastolic) => observation(visit, 'vital-signs', bloodPressure, {
      component: [[vitals.systolic, systolic] as const, [vitals.diastolic, diastolic] as const].map(([measure, value]) => ({ code: concept(measure.code), valueQuantity: quantity(measure, value) })),
    }),
    finding: (visit, code, value) => observation(visit, 'social-history', code, { valueCodeableConcept: concept(value) }),
    report: ({ encounter, time }, code, results) => add('DiagnosticReport', {
      status: 'final', category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'LAB', display: 'Laboratory' }] }], code: concept(code), subject,
      encounter: reference(encounter), effectiveDateTime: time, issued: time, performer: [reference(practice.organization)], result: results.map((result) => reference(result)),
    }),
    medication: ({ encounter, time }, code, reason, isActive, instruction) => add('MedicationRequest', {
      status: isActive ? 'active' : 'completed', intent: 'order', medicationCodeableConcept: concept(code), subject, encounter: reference(encounter), authoredOn: time, requester: performer,
      ...(reason !== undefined && { reasonReference: [reference(reason)] }), dosageInstruction: [{ sequence: 1, text: instruction }],
    }),
    vaccination: ({ encounter, time }, code) => add('Immunization', {
      status: 'completed', vaccineCode: concept(code), patient: subject, encounter: reference(encounter), occurrenceDateTime: time, primarySource: true, location: reference(practice.location),
    }),
    allergy: ({ time }, { code, category, reaction }) => add('AllergyIntolerance', {
      clinicalStatus: { coding: [hl7('allergyintolerance-clinical', 'active', 'Active')] }, verificationStatus: { coding: [hl7('allergyintolerance-verification', 'confirmed', 'Confirmed')] },
      type: 'allergy', category: [category], criticality: 'low', code: concept(code), patient: subject, recordedDate: time, reaction: [{ manifestation: [concept(reaction)] }],
    }),
    procedure: ({ encounter, time }, code) => add('Procedure', {
      status: 'completed', code: concept(code), subject, encounter: reference(encounter), performedPeriod: { start: time, end: time }, location: reference(practice.location),
    }),
  };
}
