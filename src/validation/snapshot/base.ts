/** StructureDefinitions of R4's types, with snapshots, from the tables of schemas/. R4: structuredefinition.html. */
import type { Conformance, RuleBinding, RuleConstraint, TypeRules } from '../../fhir/conformance.ts';
import type { Definitions, Elements, ElementDefinition as TypeElement } from '../../fhir/definitions.ts';
import { typeUrl, type Binding, type Constraint, type ElementDefinition, type ElementType, type StructureDefinition, type StructureSource } from './element.ts';

/** @returns R4's types, and its profiles and extensions with their differentials */
export function baseStructures(definitions: Definitions, conformance: Conformance): StructureSource {
  const prefix = typeUrl('');
  const made = new Map<string, StructureDefinition>();
  const profileType = (url: string): string | undefined => (conformance.profiles().get(url) as StructureDefinition | undefined)?.type;
  return {
    definition: (url) => {
      const known = made.get(url) ?? (conformance.profiles().get(url) as StructureDefinition | undefined);
      if (known !== undefined || !url.startsWith(prefix)) return known;
      const definition = typeDefinition(url.slice(prefix.length), { definitions, rules: conformance.rules(), profileType });
      if (definition !== undefined) made.set(url, definition);
      return definition;
    },
  };
}

interface Tables {
  readonly definitions: Definitions;
  readonly rules: ReadonlyMap<string, TypeRules>;
  readonly profileType: (url: string) => string | undefined;
}

function typeDefinition(name: string, tables: Tables): StructureDefinition | undefined {
  const type = tables.definitions.type(name);
  if (type === undefined) return undefined;
  const rules = tables.rules.get(name) ?? {};
  const root: ElementDefinition = { id: name, path: name, min: 0, max: '*', ...constraintsOf(inherited(name, tables)) };
  return {
    resourceType: 'StructureDefinition',
    url: typeUrl(name),
    version: '4.0.1',
    name,
    status: 'active',
    kind: type.kind,
    abstract: type.abstract,
    type: name,
    ...(type.base !== undefined && { baseDefinition: typeUrl(type.base), derivation: 'specialization' }),
    snapshot: { element: [root, ...elementsOf(name, type.elements, rules, tables)] },
  };
}

/** The invariants of a type and of those that it specialises. */
function inherited(name: string, tables: Tables): readonly RuleConstraint[] {
  const base = tables.definitions.type(name)?.base;
  const own = tables.rules.get(name)?.constraints?.[name] ?? [];
  if (base === undefined) return own;
  const keys = new Set(own.map(([key]) => key));
  return [...inherited(base, tables).filter(([key]) => !keys.has(key)), ...own];
}

const elementsOf = (path: string, elements: Elements, rules: TypeRules, tables: Tables): ElementDefinition[] =>
  [...elements].flatMap(([name, element]) => {
    const at = `${path}.${name}`;
    return [elementOf(at, element, rules, tables), ...(element.elements === undefined ? [] : elementsOf(at, element.elements, rules, tables))];
  });

function elementOf(path: string, { types, isRequired, isArray, isModifier, sameAs }: TypeElement, rules: TypeRules, tables: Tables): ElementDefinition {
  const profiles = rules.profiles?.[path] ?? [];
  const type = types.map(({ code, target }): ElementType => {
    const profile = profiles.filter((url) => tables.profileType(url) === code);
    return { code, ...(profile.length > 0 && { profile }), ...(target !== undefined && { targetProfile: target.map(typeUrl) }) };
  });
  const binding = rules.bindings?.[path];
  return {
    id: path,
    path,
    min: isRequired ? 1 : 0,
    max: isArray ? '*' : '1',
    ...(sameAs === undefined ? { type } : { contentReference: `#${sameAs}` }),
    ...(isModifier && { isModifier }),
    ...(binding !== undefined && { binding: bindingOf(binding) }),
    ...constraintsOf(rules.constraints?.[path] ?? []),
  };
}

/** Extension of a binding that names the ValueSet which no code may be outside of. */
export const maximumUrl = typeUrl('elementdefinition-maxValueSet');
/** Extension of a constraint that is good practice and no more. */
export const bestPracticeUrl = typeUrl('elementdefinition-bestpractice');

const bindingOf = ([strength, valueSet, maximum]: RuleBinding): Binding =>
  ({ strength, valueSet, ...(maximum !== undefined && { extension: [{ url: maximumUrl, valueCanonical: maximum }] }) });

const constraintsOf = (rules: readonly RuleConstraint[]): { constraint?: Constraint[] } => (rules.length === 0 ? {} : {
  constraint: rules.map(([key, expression, level]) => ({
    key, severity: level === undefined ? 'error' : 'warning', expression, ...(level === 'best-practice' && { extension: [{ url: bestPracticeUrl, valueBoolean: true }] }),
  })),
});
