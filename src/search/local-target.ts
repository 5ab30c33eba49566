/** What a reference leads to on this server. R4: references.html#literal. */
import type { Definitions } from '../fhir/definitions.ts';
import { ownText } from '../fhir/own-text.ts';
import { parseReference } from '../fhir/reference.ts';

/** @returns type and id where the reference is to a resource of this server */
export type LocalTarget = (text: string) => { readonly type: string; readonly id: string } | undefined;

/** All resources of a patient refer to the same few, and each reference is read for several parameters: so many are kept as they were read. Long ones are what clients make up. */
const most = 4_096;
const longest = 200;

/** @param ownBases under which absolute references are this server's own */
export function createLocalTarget({ definitions, ownBases }: { readonly definitions: Pick<Definitions, 'hasResourceType'>; readonly ownBases: readonly string[] }): LocalTarget {
  let kept = new Map<string, ReturnType<LocalTarget>>();
  const read: LocalTarget = (text) => {
    const literal = parseReference(text);
    if (literal === undefined || !definitions.hasResourceType(literal.type)) return undefined;
    const { type, id, base } = literal;
    return base === undefined || ownBases.includes(base) ? { type, id } : undefined;
  };
  return (text) => {
    if (text.length > longest) return read(text);
    const known = kept.get(text);
    if (known !== undefined || kept.has(text)) return known;
    const own = ownText(text);
    const target = read(own);
    if (kept.size >= most) kept = new Map();
    kept.set(own, target);
    return target;
  };
}
