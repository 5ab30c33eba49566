/**
 * StructureDefinition of a type, from the facts of schemas/structure.json. R4: structuredefinition.html, elementdefinition.html.
 *
 * R4 asks for a definition in words of each element (sdf-3). The specification's own words are not repeated here: the sentence says
 * what the facts say.
 */
import type { Definitions, ElementDefinition, ElementType, TypeDefinition } from '../../fhir/definitions.ts';
import { canonicalOf, firstDefinition } from './canonical.ts';

/** @returns undefined where the name is none of R4's types */
export function structureDefinition(name: string, definitions: Definitions): object | undefined {
  const type = definitions.type(name);
  if (type === undefined) return undefined;
  const { kind, abstract, base } = type;
  return {
    ...firstDefinition('StructureDefinition', name),
    name,
    status: 'active',
    fhirVersion: '4.0.1',
    kind,
    abstract,
    type: name,
    ...(base !== undefined && { baseDefinition: canonicalOf('StructureDefinition', base), derivation: 'specialization' }),
    snapshot: { element: elementsOf(type, definitions) },
  };
}

/** An element with its path, before it is told where it comes from. */
interface Placed {
  readonly path: string;
  readonly element: ElementDefinition;
  /** Where it is defined first, and as what. */
  readonly base: { readonly path: string; readonly element: ElementDefinition };
}

function elementsOf(type: TypeDefinition, definitions: Definitions): object[] {
  const root = {
    id: type.name, path: type.name, short: type.name, definition: `The type ${type.name}`, min: 0, max: '*', base: { path: type.name, min: 0, max: '*' }, isModifier: false,
  };
  const own = [...type.elements].map(([name, element]): Placed => ({ path: `${type.name}.${name}`, element, base: definer(type, name, element, definitions) }));
  return [root, ...own.flatMap(withInner).map((one) => elementOf(one, type))];
}

/** An element and, behind it, those of the backbone that it is. */
function withInner(placed: Placed): Placed[] {
  const inner = [...(placed.element.elements ?? [])].map(([name, element]): Placed => {
    const path = `${placed.path}.${name}`;
    return { path, element, base: { path: backbone.has(name) ? `${backbone.get(name)}.${name}` : path, element } };
  });
  return [placed, ...inner.flatMap(withInner)];
}

/** What a backbone element has of its own type. */
const backbone: ReadonlyMap<string, string> = new Map([['id', 'Element'], ['extension', 'Element'], ['modifierExtension', 'BackboneElement']]);

/** The furthest of the types that a type specialises which has the element. */
function definer(type: TypeDefinition, name: string, element: ElementDefinition, definitions: Definitions): Placed['base'] {
  const base = type.base === undefined ? undefined : definitions.type(type.base);
  const inherited = base?.elements.get(name);
  if (base === undefined || inherited === undefined) return { path: `${type.name}.${name}`, element };
  return definer(base, name, inherited, definitions);
}

const cardinalityOf = ({ isRequired, isArray }: ElementDefinition): { min: number; max: string } => ({ min: isRequired ? 1 : 0, max: isArray ? '*' : '1' });

function elementOf({ path, element, base }: Placed, { name, kind }: TypeDefinition): object {
  const { isSummary, isModifier, sameAs, requiredValueSet } = element;
  const cardinality = cardinalityOf(element);
  const isId = path.endsWith('.id') && element.types.every(({ code }) => code === 'string');
  const isValue = kind === 'primitive-type' && path === `${name}.value`;
  const content = sameAs === undefined ? element.types.map(({ code }) => code).join(' | ') : `as ${sameAs}`;
  return {
    id: path,
    path,
    short: path.slice(path.lastIndexOf('.') + 1),
    definition: `${path}: ${cardinality.min}..${cardinality.max} ${content}`,
    ...cardinality,
    base: { path: base.path, ...cardinalityOf(base.element) },
    ...(sameAs === undefined ? { type: isId || isValue ? element.types.map(systemType) : element.types.map(typeOf) } : { contentReference: `#${sameAs}` }),
    isModifier,
    ...(isModifier && { isModifierReason: 'R4 marks the element as one that changes what the others mean' }),
    isSummary,
    ...(requiredValueSet !== undefined && { binding: { strength: 'required', valueSet: requiredValueSet } }),
  };
}

const typeOf = ({ code, target }: ElementType): object => ({
  code,
  ...(target !== undefined && { targetProfile: target.map((type) => canonicalOf('StructureDefinition', type)) }),
});

/** The types of FHIRPath that ids and the values of primitives have, where R4 has them. */
const systemTypes: Readonly<Record<string, string>> = {
  boolean: 'Boolean', integer: 'Integer', positiveInt: 'Integer', unsignedInt: 'Integer', decimal: 'Decimal', date: 'Date', dateTime: 'DateTime', instant: 'DateTime', time: 'Time',
};

const systemType = ({ code }: ElementType): object => ({
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type', valueUrl: code }],
  code: `http://hl7.org/fhirpath/System.${systemTypes[code] ?? 'String'}`,
});
