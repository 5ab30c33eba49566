/** The least resource of a type that FHIR lets be, made from the definitions. R4: structuredefinition.html. */
import { choiceName, elementsAt, type Definitions, type ElementDefinition, type Elements } from '../../fhir/definitions.ts';

export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [element: string]: unknown;
}

/** @returns a resource with its required elements, an identifier where the type has one, and the id `example` */
export function minimalResource(type: string, definitions: Definitions): Resource {
  const elements: Elements = definitions.type(type)?.elements ?? new Map<string, ElementDefinition>();
  const identifier = elements.get('identifier');
  return {
    resourceType: type,
    id: 'example',
    ...(identifier?.types[0]?.code === 'Identifier' && { identifier: many(identifier, dataTypes['Identifier']) }),
    ...requiredOf(elements, type, definitions),
    ...invariants[type],
  };
}

/** What the invariants of some types ask for beyond the required elements, each by the invariant's key. */
const invariants: Readonly<Record<string, object>> = {
  // ait-1
  AllergyIntolerance: { clinicalStatus: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }] } },
  // app-1
  Appointment: { participant: [{ actor: { reference: 'Patient/example' }, status: 'accepted' }] },
  // apr-1
  AppointmentResponse: { actor: { reference: 'Patient/example' } },
  // bdl-9 to bdl-12: a document and a message have more to them.
  Bundle: { type: 'collection' },
  // cpb-1, cpb-3
  CapabilityStatement: { kind: 'requirements', description: 'Example', fhirVersion: '4.0.1', format: ['json'], rest: [{ mode: 'server' }] },
  // ppc-1
  Consent: { policyRule: { text: 'Example' } },
  // imr-1
  ImmunizationRecommendation: { recommendation: [{ vaccineCode: [{ text: 'Example' }], forecastStatus: { text: 'Example' } }] },
  // lnk-1
  Linkage: { item: [{ type: 'source', resource: { reference: 'Patient/example' } }, { type: 'alternate', resource: { reference: 'Patient/other' } }] },
  // sdf-6, sdf-8
  StructureDefinition: {
    kind: 'resource', abstract: false, type: 'Patient', baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient', derivation: 'constraint',
    differential: { element: [{ id: 'Patient', path: 'Patient' }] },
  },
  // tcp-2, tcp-3
  TerminologyCapabilities: { kind: 'requirements', description: 'Example' },
};

const many = (element: ElementDefinition, value: unknown): unknown => (element.isArray ? [value] : value);

/** @returns the members that an object of these elements must have */
export function requiredOf(elements: Elements, path: string, definitions: Definitions): Record<string, unknown> {
  return Object.fromEntries([...elements].filter(([, element]) => element.isRequired).map(([name, element]) => member(name, element, path, definitions)));
}

function member(name: string, element: ElementDefinition, path: string, definitions: Definitions): [string, unknown] {
  const code = element.types[0]?.code ?? 'BackboneElement';
  const key = name.endsWith('[x]') ? choiceName(name, code) : name;
  return [key, many(element, valueOf(code, element, `${path}.${name}`, definitions))];
}

/** @returns a value of a data type, or a resource of a type */
export function sampleOf(type: string, definitions: Definitions): unknown {
  if (definitions.hasResourceType(type)) return minimalResource(type, definitions);
  return valueOf(type, { types: [{ code: type }], isRequired: true, isArray: false, isSummary: false, isModifier: false }, type, definitions);
}

function valueOf(code: string, element: ElementDefinition, path: string, definitions: Definitions): unknown {
  if (code === 'Reference') return { reference: `${element.types[0]?.target?.[0] ?? 'Patient'}/example` };
  if (code === 'code' && element.requiredValueSet !== undefined) return firstCode(element.requiredValueSet, definitions);
  if (code in dataTypes) return dataTypes[code];
  const elements = element.elements ?? (element.sameAs === undefined ? definitions.type(code)?.elements : elementsAt(definitions, element.sameAs));
  if (elements === undefined) return 'example';
  const required = requiredOf(elements, path, definitions);
  if (Object.keys(required).length > 0) return required;
  // An element has a value or children (ele-1): the first that is its own.
  const own = [...elements].find(([name]) => !['id', 'extension', 'modifierExtension'].includes(name));
  return own === undefined ? {} : Object.fromEntries([member(...own, path, definitions)]);
}

/** A ValueSet that the definitions do not enumerate is of media types, as far as it is required of a required element. */
const firstCode = (url: string, definitions: Definitions): string => [...(definitions.valueSet(url)?.values() ?? [])].flat()[0] ?? 'text/plain';

/** A value of each type that says something; others are made from their required elements. */
const dataTypes: Readonly<Record<string, unknown>> = {
  boolean: true, integer: 1, positiveInt: 1, unsignedInt: 1, decimal: 1.5,
  date: '2026-01-15', dateTime: '2026-01-15', instant: '2026-01-15T09:30:00Z', time: '09:30:00',
  uri: 'http://example.org/example', url: 'http://example.org/example', canonical: 'http://example.org/example', oid: 'urn:oid:1.2.3', uuid: 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10',
  base64Binary: 'ZXhhbXBsZQ==', code: 'example', id: 'example', string: 'Example', markdown: 'Example',
  CodeableConcept: { text: 'Example' },
  Coding: { system: 'http://example.org/codes', code: 'example' },
  Identifier: { system: 'http://example.org/ids', value: 'example' },
  Quantity: { value: 1, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
  Money: { value: 10, currency: 'EUR' },
  Period: { start: '2026-01-01', end: '2026-01-31' },
  Meta: { tag: [{ system: 'http://example.org/tags', code: 'example' }] },
  Attachment: { contentType: 'text/plain', data: 'ZXhhbXBsZQ==' },
};
