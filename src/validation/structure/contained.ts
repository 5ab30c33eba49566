/** Contained resources and references to them. R4: references.html#contained, domainresource.html (dom-2 to dom-5), references.html (ref-1). */
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';

export interface LocalFault {
  readonly key: 'dom-2' | 'dom-3' | 'dom-4' | 'dom-5' | 'ref-1';
  readonly sentence: string;
  /** JSON Pointer. */
  readonly pointer: string;
}

/**
 * @param most faults that are looked for
 * @returns references that lead to nothing contained, and what is contained that nothing leads to
 */
export function faultsOfLocals(resource: JsonObject, most: number): LocalFault[] {
  const contained = Array.isArray(resource['contained']) ? resource['contained'].filter(isObject) : [];
  const ids = new Set(contained.map(({ id }) => id));
  const used = new Set<unknown>();
  const faults: LocalFault[] = [];
  const referTo = (id: string, path: Path, isReference: boolean, within: string | undefined): void => {
    // `#` is the resource that contains: what refers to it from within is in use.
    if (id === '') used.add(within);
    else if (id !== within) used.add(id);
    if (isReference && id !== '' && !ids.has(id) && faults.length < most) faults.push({ key: 'ref-1', sentence: `"#${id}" is not the id of a contained resource`, pointer: pointerOf(path) });
  };
  eachLocal(resource, [], undefined, referTo);
  for (const [n, { id }] of contained.entries()) {
    if (typeof id === 'string' && !used.has(id) && faults.length < most) faults.push({ key: 'dom-3', sentence: `Nothing refers to the contained resource "${id}"`, pointer: `/contained/${n}` });
  }
  return faults;
}

/** @returns what a contained resource has that none may have */
export function faultsOfContained({ contained, meta }: JsonObject): LocalFault[] {
  const faults: LocalFault[] = [];
  if (contained !== undefined) faults.push({ key: 'dom-2', sentence: 'A contained resource contains others', pointer: '/contained' });
  if (!isObject(meta)) return faults;
  for (const name of ['versionId', 'lastUpdated']) if (meta[name] !== undefined) faults.push({ key: 'dom-4', sentence: `A contained resource has a ${name}`, pointer: `/meta/${name}` });
  if (meta['security'] !== undefined) faults.push({ key: 'dom-5', sentence: 'A contained resource has a security label', pointer: '/meta/security' });
  return faults;
}

type Path = (string | number)[];

const pointerOf = (path: Path): string => path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/**
 * Visits references within the resource: `#p1`, and `#` for the resource that contains.
 * @param within id of the contained resource that the value stands in
 * @param visit `isReference`: it stands in Reference.reference, and not in a canonical or another uri
 */
function eachLocal(value: JsonValue, path: Path, within: string | undefined, visit: (id: string, path: Path, isReference: boolean, within: string | undefined) => void): void {
  const member = (key: string | number, one: JsonValue, inside: string | undefined): void => {
    path.push(key);
    if (typeof one === 'string') {
      if (one.startsWith('#')) visit(one.slice(1), path, key === 'reference', inside);
    } else eachLocal(one, path, inside, visit);
    path.pop();
  };
  if (Array.isArray(value)) {
    const isContained = path.length === 1 && path[0] === 'contained';
    for (let n = 0; n < value.length; n++) {
      const one = value[n]!;
      member(n, one, isContained && isObject(one) ? String(one['id']) : within);
    }
  } else if (isObject(value)) {
    for (const key in value) {
      const one = value[key]!;
      // A resource in a Bundle or in Parameters is a whole of its own.
      if (key !== 'resource' || !isObject(one) || typeof one['resourceType'] !== 'string') member(key, one, within);
    }
  }
}
