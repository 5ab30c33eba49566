/**
 * Invariants of R4's own types that are checked on every write, compiled by hand; VALIDATION.md lists them. The others are FHIRPath, which
 * `$validate` and profiles evaluate.
 */
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';
import { isAfter } from './time.ts';

export interface Rule {
  /** Of the invariant: `obs-6`. */
  readonly key: string;
  /** What does not hold, in words of our own. */
  readonly sentence: string;
  /** @returns whether it holds for an object of the type */
  readonly holds: Holds;
}

type Holds = (object: JsonObject) => boolean;

/** As FHIRPath has it: a primitive that has only extensions exists. Keys are made once: to make one takes longer than to look it up. */
function having(...names: readonly string[]): Holds {
  const keys = names.flatMap((name) => [name, `_${name}`]);
  return (object) => {
    for (const key of keys) if (object[key] !== undefined) return true;
    return false;
  };
}

const hasTimeOfDay = having('timeOfDay');
const hasWhen = having('when');
const hasTotal = having('total');
const hasTimestamp = having('timestamp');
const hasSystem = having('system');
const hasValue = having('value');

/** Whether a choice has a value of any type. */
function hasChoice(object: JsonObject, name: string): boolean {
  for (const key in object) {
    const at = key.charCodeAt(0) === 0x5f ? 1 : 0;
    const next = key.charCodeAt(at + name.length);
    if (next >= 0x41 && next <= 0x5a && key.startsWith(name, at)) return true;
  }
  return false;
}

const list = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);
const objects = (value: JsonValue | undefined): readonly JsonObject[] => list(value).filter(isObject);
const codings = (concept: JsonValue | undefined): readonly JsonObject[] => objects(concept).flatMap(({ coding }) => objects(coding));
const hasCode = (concept: JsonValue | undefined, system: string, codes: readonly string[]): boolean =>
  codings(concept).some((coding) => coding['system'] === system && codes.includes(String(coding['code'])));

const rule = (key: string, sentence: string, holds: Rule['holds']): Rule => ({ key, sentence, holds });
function needs(key: string, name: string, other: string): Rule {
  const [isThere, isOtherThere] = [having(name), having(other)];
  return rule(key, `${name} needs ${other}`, (object) => !isThere(object) || isOtherThere(object));
}
const notBelowZero = (key: string, name: string): Rule => rule(key, `${name} is below zero`, (object) => object[name] === undefined || Number(object[name]) >= 0);
const oneAtLeast = (key: string, ...names: readonly string[]): Rule => rule(key, `One of ${names.join(', ')} must be there`, having(...names));

const conditionStatus = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const conditionVerification = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const allergyVerification = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

const quantity = [needs('qty-3', 'code', 'system')];

/** Compared where both have the same unit. */
function isOrdered({ low, high }: JsonObject): boolean {
  if (!isObject(low) || !isObject(high) || low['value'] === undefined || high['value'] === undefined) return true;
  return low['code'] !== high['code'] || low['unit'] !== high['unit'] || Number(low['value']) <= Number(high['value']);
}

const bundleTypesWith = (bundle: JsonObject, name: string, types: readonly string[], isNeeded: boolean): boolean => {
  const isOfThese = types.includes(String(bundle['type']));
  return objects(bundle['entry']).every((entry) => (isOfThese ? !isNeeded || entry[name] !== undefined : entry[name] === undefined));
};

const firstIs = (bundle: JsonObject, type: string): boolean => objects(bundle['entry']).slice(0, 1).every(({ resource }) => isObject(resource) && resource['resourceType'] === type);

const rules: Readonly<Record<string, readonly Rule[]>> = {
  Extension: [rule('ext-1', 'An extension has either a value or extensions', (object) => (object['extension'] !== undefined) !== hasChoice(object, 'value'))],
  Period: [rule('per-1', 'The period ends before it starts', ({ start, end }) => typeof start !== 'string' || typeof end !== 'string' || !isAfter(start, end))],
  Quantity: quantity, Age: quantity, Count: quantity, Distance: quantity, Duration: quantity,
  Range: [rule('rng-2', 'low is above high', isOrdered)],
  Ratio: [rule('rat-1', 'A ratio has a numerator and a denominator, or extensions',
    ({ numerator, denominator, extension }) => (numerator === undefined) === (denominator === undefined) && (numerator !== undefined || extension !== undefined))],
  ContactPoint: [needs('cpt-2', 'value', 'system')],
  Attachment: [needs('att-1', 'data', 'contentType')],
  'Timing.repeat': [
    needs('tim-1', 'duration', 'durationUnit'), needs('tim-2', 'period', 'periodUnit'), notBelowZero('tim-4', 'duration'), notBelowZero('tim-5', 'period'),
    needs('tim-6', 'periodMax', 'period'), needs('tim-7', 'durationMax', 'duration'), needs('tim-8', 'countMax', 'count'),
    rule('tim-10', 'timeOfDay and when cannot both be there', (object) => !hasTimeOfDay(object) || !hasWhen(object)),
  ],
  'Patient.contact': [oneAtLeast('pat-1', 'name', 'telecom', 'address', 'organization')],
  Organization: [oneAtLeast('org-1', 'identifier', 'name')],
  Observation: [
    rule('obs-6', 'dataAbsentReason is for Observations without value', (object) => object['dataAbsentReason'] === undefined || !hasChoice(object, 'value')),
    rule('obs-7', 'A component has the code of the Observation, which has a value', (object) => {
      if (!hasChoice(object, 'value')) return true;
      const own = codings(object['code']).map(({ system, code }) => `${String(system)}|${String(code)}`);
      return !objects(object['component']).some(({ code }) => codings(code).some((coding) => own.includes(`${String(coding['system'])}|${String(coding['code'])}`)));
    }),
  ],
  'Observation.referenceRange': [oneAtLeast('obs-3', 'low', 'high', 'text')],
  Condition: [
    rule('con-4', 'A Condition that has abated is inactive, in remission or resolved',
      (object) => !hasChoice(object, 'abatement') || hasCode(object['clinicalStatus'], conditionStatus, ['resolved', 'remission', 'inactive'])),
    rule('con-5', 'A Condition entered in error has no clinicalStatus',
      (object) => !hasCode(object['verificationStatus'], conditionVerification, ['entered-in-error']) || object['clinicalStatus'] === undefined),
  ],
  AllergyIntolerance: [
    rule('ait-1', 'clinicalStatus must be there unless it was entered in error',
      (object) => hasCode(object['verificationStatus'], allergyVerification, ['entered-in-error']) || object['clinicalStatus'] !== undefined),
    rule('ait-2', 'What was entered in error has no clinicalStatus',
      (object) => !hasCode(object['verificationStatus'], allergyVerification, ['entered-in-error']) || object['clinicalStatus'] === undefined),
  ],
  'Composition.section': [
    oneAtLeast('cmp-1', 'text', 'entry', 'section'), rule('cmp-2', 'emptyReason is for sections without entries', ({ emptyReason, entry }) => emptyReason === undefined || entry === undefined),
  ],
  'Parameters.parameter': [rule('inv-1', 'A parameter has exactly one of value, resource and part',
    (object) => [hasChoice(object, 'value'), object['resource'] !== undefined, object['part'] !== undefined].filter(Boolean).length === 1)],
  Bundle: [
    rule('bdl-1', 'total is for searchsets and histories', (object) => !hasTotal(object) || ['searchset', 'history'].includes(String(object['type']))),
    rule('bdl-2', 'entry.search is for searchsets', (object) => bundleTypesWith(object, 'search', ['searchset'], false)),
    rule('bdl-3', 'entry.request is there for each entry of a batch, transaction or history, and for no other', (object) => bundleTypesWith(object, 'request', ['batch', 'transaction', 'history'], true)),
    rule('bdl-4', 'entry.response is there for each entry of a response or history, and for no other',
      (object) => bundleTypesWith(object, 'response', ['batch-response', 'transaction-response', 'history'], true)),
    rule('bdl-9', 'A document has an identifier with system and value', ({ type, identifier }) => type !== 'document' || (isObject(identifier) && hasSystem(identifier) && hasValue(identifier))),
    rule('bdl-10', 'A document has a timestamp', (object) => object['type'] !== 'document' || hasTimestamp(object)),
    rule('bdl-11', 'The first resource of a document is a Composition', (object) => object['type'] !== 'document' || firstIs(object, 'Composition')),
    rule('bdl-12', 'The first resource of a message is a MessageHeader', (object) => object['type'] !== 'message' || firstIs(object, 'MessageHeader')),
  ],
  'Bundle.entry': [
    oneAtLeast('bdl-5', 'resource', 'request', 'response'),
    rule('bdl-8', 'fullUrl names a version', ({ fullUrl }) => typeof fullUrl !== 'string' || !fullUrl.includes('/_history/')),
  ],
};

/** Types and paths that have rules. */
export const ruled: readonly string[] = Object.keys(rules);

/** @param path a type, or the path of a backbone element */
export const rulesOf = (path: string): readonly Rule[] => rules[path] ?? [];
