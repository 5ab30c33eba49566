/**
 * Finds what can refer to another resource in a resource's text, by element type. R4: http.html#trules ("replace all matching
 * links").
 *
 * The text is walked along with the definitions, so that only Reference.reference, uri, url, oid, uuid and narrative are looked at:
 * never a canonical, never a string that happens to be equal.
 */
import { choiceName, elementsAt, type Definitions, type ElementDefinition, type Elements } from './definitions.ts';
import { createKeyReader, findMember, skipString, skipValue, stringAt } from './json/walk.ts';

/** A value that may refer to a resource; offsets are of its token in the text, quotes included. */
export interface FoundReference {
  readonly type: 'Reference' | 'uri' | 'url' | 'oid' | 'uuid' | 'xhtml';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Tells of a string in a resource's text, without decoding it, whether it is wanted. */
export type ReferenceTest = (type: FoundReference['type'], bytes: Buffer, start: number, end: number) => boolean;

export type ReferenceFinder = (bytes: Buffer, isWanted?: ReferenceTest) => FoundReference[];

/** What is known of a member by its key. */
interface Shape {
  readonly leaf?: FoundReference['type'];
  /** Members of the object or objects that the value is; made when first needed, since types contain one another. */
  members?: () => ReadonlyMap<string, Shape>;
  /** The value is a resource: its own type says what its members are. */
  readonly isResource?: true;
}

const quote = 0x22;
const leaves: ReadonlySet<string> = new Set(['uri', 'url', 'oid', 'uuid', 'xhtml']);

/**
 * @returns a function that gives every possible reference of a resource that is wanted, contained ones included, in the order of the
 *   text; its argument is compact JSON
 */
export function createReferenceFinder(definitions: Definitions): ReferenceFinder {
  const shapes = new Map<string, ReadonlyMap<string, Shape>>();
  const ofType = (name: string): ReadonlyMap<string, Shape> => {
    let shape = shapes.get(name);
    if (shape === undefined) {
      shape = ofElements(definitions.type(name)?.elements ?? new Map(), name);
      shapes.set(name, shape);
    }
    return shape;
  };
  const ofElements = (elements: Elements, type: string): ReadonlyMap<string, Shape> => {
    const found = new Map<string, Shape>();
    for (const [name, element] of elements) {
      for (const { code } of element.types.length === 0 ? [{ code: '' }] : element.types) {
        const key = name.endsWith('[x]') ? choiceName(name, code) : name;
        const shape = ofElement(type, name, code, element);
        if (shape !== undefined) found.set(key, shape);
        if (definitions.type(code)?.kind === 'primitive-type') found.set(`_${key}`, { members: () => ofType('Element') });
      }
    }
    return found;
  };
  const once = (make: () => ReadonlyMap<string, Shape>): (() => ReadonlyMap<string, Shape>) => {
    let made: ReadonlyMap<string, Shape> | undefined;
    return () => (made ??= make());
  };
  const ofElement = (type: string, name: string, code: string, element: ElementDefinition): Shape | undefined => {
    if (type === 'Reference' && name === 'reference') return { leaf: 'Reference' };
    const { sameAs, elements } = element;
    if (sameAs !== undefined) return { members: once(() => ofElements(elementsAt(definitions, sameAs) ?? new Map(), '')) };
    if (elements !== undefined) return { members: once(() => ofElements(elements, '')) };
    if (leaves.has(code)) return { leaf: code as FoundReference['type'] };
    if (code === 'Resource') return { isResource: true };
    return definitions.type(code)?.kind === 'complex-type' ? { members: () => ofType(code) } : undefined;
  };

  const keyAt = createKeyReader();
  return (bytes, isWanted = () => true) => {
    const found: FoundReference[] = [];
    const value = (at: number, shape: Shape): number => {
      switch (bytes[at]) {
        case 0x5b: {
          let i = at + 1;
          while (bytes[i] !== 0x5d) {
            i = value(i, shape);
            if (bytes[i] === 0x2c) i++;
          }
          return i + 1;
        }
        case 0x7b: {
          if (shape.isResource === true) return resource(at);
          const members = shape.members?.();
          return members === undefined ? skipValue(bytes, at) : object(at, members);
        }
        case quote: {
          const end = skipString(bytes, at);
          if (shape.leaf !== undefined && isWanted(shape.leaf, bytes, at, end)) {
            found.push({ type: shape.leaf, text: stringAt(bytes, at, end), start: at, end });
          }
          return end;
        }
        default:
          return skipValue(bytes, at);
      }
    };
    const object = (at: number, members: ReadonlyMap<string, Shape>): number => {
      let i = at + 1;
      while (bytes[i] === quote) {
        const keyEnd = skipString(bytes, i);
        const shape = members.get(keyAt(bytes, i, keyEnd));
        i = shape === undefined ? skipValue(bytes, keyEnd + 1) : value(keyEnd + 1, shape);
        if (bytes[i] === 0x2c) i++;
      }
      return i + 1;
    };
    const resource = (at: number): number => {
      const type = findMember(bytes, at, 'resourceType');
      if (type === undefined || bytes[type.start] !== quote) return skipValue(bytes, at);
      return object(at, ofType(stringAt(bytes, type.start, type.end)));
    };
    if (bytes[0] === 0x7b) resource(0);
    return found;
  };
}

const link = /(<(?:a|img)\b[^>]*?\b(?:href|src)\s*=\s*)("[^"]*"|'[^']*')/gi;

/**
 * Replaces links in narrative.
 * @param xhtml the text of a Narrative.div
 * @param replacement gives the new link, or undefined to leave it
 * @returns the new text; undefined where nothing is to be replaced
 */
export function editLinks(xhtml: string, replacement: (link: string) => string | undefined): string | undefined {
  let isChanged = false;
  const edited = xhtml.replace(link, (whole, before: string, quoted: string) => {
    const replaced = replacement(quoted.slice(1, -1));
    if (replaced === undefined) return whole;
    isChanged = true;
    return `${before}"${replaced}"`;
  });
  return isChanged ? edited : undefined;
}
