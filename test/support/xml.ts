/** FHIR's XML as JSON, as far as test cases need it: no namespaces, no DTD. R4: xml.html, json.html. */
import type { Definitions } from '../../src/fhir/definitions.ts';
import { placesOf, rootOf, type Static } from '../../src/fhir/fhirpath/statics.ts';
import { isPrimitiveType } from '../../src/fhir/fhirpath/locate.ts';

export interface Xml {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Xml[];
  /** The element as it stands in the text. */
  source: string;
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: '\'', amp: '&' };
const decoded = (text: string): string =>
  text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (_, decimal?: string, hex?: string, name?: string) =>
    (name === undefined ? String.fromCodePoint(decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal)) : entities[name]!));

/** @returns the document's element; text between elements is left to `source` */
export function parseXml(text: string): Xml {
  const clean = text.replace(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '');
  const open: { element: Xml; start: number }[] = [];
  let root: Xml | undefined;
  for (const match of clean.matchAll(/<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/g)) {
    const [tag, close, name, attributes, empty] = match as unknown as [string, string, string, string, string];
    const end = match.index + tag.length;
    if (close === '') {
      const element: Xml = {
        name, children: [], source: tag,
        attributes: Object.fromEntries([...attributes.matchAll(/([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, key, a, b]) => [key!, decoded(a ?? b ?? '')])),
      };
      open.at(-1)?.element.children.push(element);
      root ??= element;
      if (empty === '') open.push({ element, start: match.index });
    } else {
      const { element, start } = open.pop()!;
      element.source = clean.slice(start, end);
    }
  }
  return root!;
}

/** @returns the resource as JSON */
export const resourceFromXml = (xml: Xml, definitions: Definitions): Record<string, unknown> =>
  ({ resourceType: xml.name, ...membersFrom(xml, rootOf(xml.name, definitions), definitions) });

function membersFrom(xml: Xml, as: Static, definitions: Definitions): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const name of ['id', 'url']) if (xml.attributes[name] !== undefined) json[name] = xml.attributes[name];
  for (const child of xml.children) {
    const place = placesOf(as, child.name, definitions).find(({ key }) => key === child.name)!;
    const isPrimitive = isPrimitiveType(place.as.type, definitions);
    const value = isPrimitive ? primitiveFrom(child, place.as.type) : place.as.type === 'Resource' ? resourceFromXml(child.children[0]!, definitions) : membersFrom(child, place.as, definitions);
    const more = isPrimitive ? membersFrom({ ...child, children: place.as.type === 'xhtml' ? [] : child.children }, rootOf('Element', definitions), definitions) : {};
    const hasMore = Object.keys(more).length > 0;
    if (!place.isArray) {
      if (value !== undefined) json[child.name] = value;
      if (hasMore) json[`_${child.name}`] = more;
      continue;
    }
    const list = (json[child.name] ??= []) as unknown[];
    list.push(value ?? null);
    if (hasMore) ((json[`_${child.name}`] ??= []) as unknown[])[list.length - 1] = more;
  }
  return json;
}

function primitiveFrom(xml: Xml, type: string): unknown {
  if (type === 'xhtml') return xml.source;
  const text = xml.attributes['value'];
  return text !== undefined && ['boolean', 'integer', 'positiveInt', 'unsignedInt', 'decimal'].includes(type) ? JSON.parse(text) : text;
}
