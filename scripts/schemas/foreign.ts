/**
 * What Medplum has added to R4's types, or made optional there: taken back, so that schemas/ are R4's own. test/scripts/schemas compares the
 * result with the types of @types/fhir, which are made from HL7's definitions.
 */
import type { ElementSource, StructureDefinition } from './structure.ts';

const added: ReadonlySet<string> = new Set([
  'Binary.url', 'DeviceDefinition.classification', 'DeviceDefinition.bodySite', 'HealthcareService.offeredIn', 'ObservationDefinition.publisher',
  ...['project', 'author', 'onBehalfOf', 'account', 'accounts', 'compartment', 'deleted'].map((name) => `Meta.${name}`),
  ...['name', 'label', 'studyDesign', 'region', 'descriptionSummary', 'classifier', 'associatedParty', 'progressStatus', 'whyStopped', 'recruitment', 'comparisonGroup', 'outcomeMeasure', 'result']
    .map((name) => `ResearchStudy.${name}`),
  'ResearchStudy.objective.description',
]);

const characteristic = 'EvidenceVariable.characteristic';
const types = (...codes: string[]) => codes.map((code) => ({ code }));

/** Replaced by R5's as a whole; these are R4's (evidencevariable.html). */
const characteristics: readonly ElementSource[] = [
  { path: `${characteristic}.description`, min: 0, max: '1', type: types('string') },
  { path: `${characteristic}.definition[x]`, min: 1, max: '1', type: [
    { code: 'Reference', targetProfile: ['http://hl7.org/fhir/StructureDefinition/Group'] }, { code: 'canonical', targetProfile: ['http://hl7.org/fhir/StructureDefinition/ActivityDefinition'] },
    ...types('CodeableConcept', 'Expression', 'DataRequirement', 'TriggerDefinition'),
  ] },
  { path: `${characteristic}.usageContext`, min: 0, max: '*', type: types('UsageContext') },
  { path: `${characteristic}.exclude`, min: 0, max: '1', type: types('boolean') },
  { path: `${characteristic}.participantEffective[x]`, min: 0, max: '1', type: types('dateTime', 'Period', 'Duration', 'Timing') },
  { path: `${characteristic}.timeFromStart`, min: 0, max: '1', type: types('Duration') },
  { path: `${characteristic}.groupMeasure`, min: 0, max: '1', type: types('code'), binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/group-measure|4.0.1' } },
];
const everyones = ['id', 'extension', 'modifierExtension'].map((name) => `${characteristic}.${name}`);

function own(element: ElementSource): ElementSource[] {
  if (isAdded(element.path)) return [];
  if (element.path === characteristic) return [{ ...element, min: 1 }];
  if (element.path === everyones.at(-1)) return [element, ...characteristics];
  return element.path.startsWith(`${characteristic}.`) && !everyones.includes(element.path) ? [] : [element];
}

const isAdded = (path: string): boolean => [...added].some((one) => path === one || path.startsWith(`${one}.`));

/** @returns the definitions without what is not R4's, in snapshot and differential */
export const withoutForeign = (definitions: readonly StructureDefinition[]): StructureDefinition[] =>
  definitions.map((definition) => (definition.snapshot === undefined ? definition : {
    ...definition,
    snapshot: { ...definition.snapshot, element: definition.snapshot.element.flatMap(own) },
  }));
