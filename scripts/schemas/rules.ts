/**
 * schemas/rules.json: what the types say besides structure, by path: invariants, bindings, and the profiles that an element's type must
 * conform to. R4: elementdefinition.html, conformance-rules.html#constraints.
 *
 * An invariant stands where it is defined; that every element has ele-1 and every resource dom-2 follows from the types.
 */
export interface DefinitionSource {
  resourceType: string;
  name: string;
  type: string;
  derivation?: string;
  snapshot: { element: RuleSource[] };
}

interface RuleSource {
  path: string;
  constraint?: ConstraintSource[];
  binding?: { strength: string; valueSet?: string; extension?: { url: string; valueCanonical?: string }[] };
  type?: { code: string; profile?: string[] }[];
}

export interface ConstraintSource {
  key: string;
  severity: string;
  expression?: string;
  extension?: { url: string; valueBoolean?: boolean }[];
}

/** key, expression, and what it is where it is not an error. */
type Constraint = [key: string, expression: string, level?: 'warning' | 'best-practice'];

interface RulesEntry {
  constraints?: Record<string, Constraint[]>;
  bindings?: Record<string, [strength: string, valueSet: string, maximum?: string]>;
  profiles?: Record<string, string[]>;
}

/** Where the invariants that other definitions repeat are defined. */
const definers: Readonly<Record<string, string>> = { ele: 'Element', ext: 'Extension', dom: 'DomainResource' };

const foreign = new Set(['SubscriptionStatus', 'Bot', 'ClientApplication']);

export function buildRules(definitions: readonly DefinitionSource[]): Record<string, RulesEntry> {
  const own = definitions.filter((d) => d.resourceType === 'StructureDefinition' && d.derivation !== 'constraint' && !foreign.has(d.name));
  const entries = own.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map((d): [string, RulesEntry] => [d.name, rulesOf(d)]);
  return Object.fromEntries(entries.filter(([, rules]) => Object.keys(rules).length > 0));
}

function rulesOf({ name, snapshot: { element } }: DefinitionSource): RulesEntry {
  const constraints: Record<string, Constraint[]> = {};
  const bindings: RulesEntry['bindings'] = {};
  const profiles: Record<string, string[]> = {};
  for (const { path, constraint = [], binding, type = [] } of element) {
    const own = constraint.filter(({ key, expression }) => expression !== undefined && [undefined, path].includes(definers[key.split('-')[0]!]) && path.startsWith(name));
    if (own.length > 0) constraints[path] = own.map(constraintOf);
    if (binding?.valueSet !== undefined) bindings[path] = bindingOf(binding.strength, binding.valueSet, binding.extension);
    const typeProfiles = type.flatMap(({ profile = [] }) => profile);
    if (typeProfiles.length > 0) profiles[path] = [...new Set(typeProfiles)];
  }
  return {
    ...(Object.keys(constraints).length > 0 && { constraints }),
    ...(Object.keys(bindings).length > 0 && { bindings }),
    ...(Object.keys(profiles).length > 0 && { profiles }),
  };
}

function bindingOf(strength: string, valueSet: string, extension: { url: string; valueCanonical?: string }[] = []): [string, string, string?] {
  const maximum = extension.find(({ url }) => url.endsWith('/elementdefinition-maxValueSet'))?.valueCanonical;
  const own: [string, string] = [strength, valueSet.split('|')[0]!];
  return maximum === undefined ? own : [...own, maximum.split('|')[0]!];
}

function constraintOf({ key, severity, expression, extension = [] }: ConstraintSource): Constraint {
  const isBestPractice = extension.some(({ url, valueBoolean }) => url.endsWith('/elementdefinition-bestpractice') && valueBoolean === true);
  if (isBestPractice) return [key, expression!, 'best-practice'];
  return severity === 'warning' ? [key, expression!, 'warning'] : [key, expression!];
}
