/** Contained resources and references to them. R4: references.html#contained, domainresource.html (dom-2 to dom-5), references.html (ref-1). */
import { isObject, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';

export interface LocalFault {
  readonly key: 'dom-3' | 'ref-1';
  readonly sentence: string;
  /** JSON Pointer. */
  readonly pointer: string;
}

/** A reference within the resource: `#p1`, and `#` for the resource that contains. */
interface LocalReference {
  readonly id: string;
  readonly pointer: string;
  /** Whether it stands in Reference.reference, and not in a canonical or another uri. */
  readonly isReference: boolean;
  /** Id of the contained resource that it stands in. */
  readonly within: string | undefined;
}

/** @returns references that lead to nothing contained, and what is contained that nothing leads to */
export function faultsOfLocals(resource: JsonObject): LocalFault[] {
  const contained = Array.isArray(resource['contained']) ? resource['contained'].filter(isObject) : [];
  const references = [...localReferences(resource, '', undefined)];
  const ids = new Set(contained.map(({ id }) => id));
  const used = new Set(references.filter(({ id, within }) => id !== within).map(({ id }) => id));
  const toContainer = new Set(references.filter(({ id }) => id === '').map(({ within }) => within));
  return [
    ...references.filter(({ id, isReference }) => isReference && id !== '' && !ids.has(id)).map(({ id, pointer }): LocalFault =>
      ({ key: 'ref-1', sentence: `"#${id}" is not the id of a contained resource`, pointer })),
    ...contained.map(({ id }, n) => [id, n] as const).filter(([id]) => typeof id === 'string' && !used.has(id) && !toContainer.has(id)).map(([id, n]): LocalFault =>
      ({ key: 'dom-3', sentence: `Nothing refers to the contained resource "${String(id)}"`, pointer: `/contained/${n}` })),
  ];
}

function* localReferences(value: JsonValue, pointer: string, within: string | undefined): Generator<LocalReference> {
  if (Array.isArray(value)) {
    for (const [n, item] of value.entries()) {
      if (typeof item === 'string' && item.startsWith('#')) yield { id: item.slice(1), pointer: `${pointer}/${n}`, isReference: false, within };
      const isContained = pointer === '/contained' && isObject(item);
      yield* localReferences(item, `${pointer}/${n}`, isContained ? String(item['id']) : within);
    }
  } else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      // A resource in a Bundle or in Parameters is a whole of its own.
      if (key === 'resource' && isObject(member) && typeof member['resourceType'] === 'string') continue;
      const at = `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      if (typeof member === 'string' && member.startsWith('#')) yield { id: member.slice(1), pointer: at, isReference: key === 'reference', within };
      else if (typeof member !== 'string') yield* localReferences(member, at, within);
    }
  }
}
