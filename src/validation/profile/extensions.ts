/** Extensions by their definitions, and where they may stand. R4: extensibility.html, defining-extensions.html#context. */
import { elementsAt, type Definitions, type Elements } from '../../fhir/definitions.ts';
import { lineOf } from '../../fhir/extend-definitions.ts';
import { isObject } from '../../fhir/json/value.ts';
import { typeUrl, withoutVersion, type ExtensionContext } from '../snapshot/element.ts';
import type { Compiling } from './compiling.ts';
import { elementPathOf, type Place } from './place.ts';
import { report, type Check } from './run.ts';

/**
 * @returns the check of an extension: as its definition says where that is loaded. One that is not known may be ignored, unless it changes
 * the meaning of what it stands on.
 */
export function extensionCheck(isModifier: boolean, label: string, compiling: Compiling): Check {
  return (value, extra, place, run) => {
    const url = isObject(value) ? value['url'] : undefined;
    // Within an extension the parts of it have names and no urls.
    const definition = typeof url === 'string' && url.includes(':') ? compiling.source.definition(withoutVersion(url)) : undefined;
    const check = definition?.type === 'Extension' ? compiling.profile(definition.url) : undefined;
    if (check === undefined) {
      if (isModifier) report(run, 'error', 'extension', place, `${label}: the modifier extension "${String(url)}" is not known`);
      compiling.type('Extension')(value, extra, place, run);
      return;
    }
    check(value, extra, place, run);
    if (!standsRight(definition!.context ?? [], place.parent, compiling.definitions)) {
      const allowed = definition!.context!.map(({ expression }) => expression).join(', ');
      report(run, isOfR4(definition!.url) ? 'warning' : 'error', 'extension', place, `${label}: the extension ${definition!.url} may stand on ${allowed} only`);
    }
  };
}

/** R4's own definitions and examples use R4's extensions where their contexts do not have them; later releases have widened these. */
const isOfR4 = (url: string): boolean => url.startsWith(typeUrl(''));

/** The extensions of what stands beside a primitive value. */
export function extensionsOfPrimitive(compiling: Compiling): Check {
  const check = extensionCheck(false, 'Element.extension', compiling);
  return (_, extra, place, run) => {
    if (!isObject(extra) || !Array.isArray(extra['extension'])) return;
    for (const [index, value] of extra['extension'].entries()) check(value, undefined, inner(place, index, value), run);
  };
}

const inner = (parent: Place, index: number, value: unknown): Place => ({ parent, name: 'extension', choice: undefined, index, type: 'Extension', value });

/** @param holder what the extension stands on; contexts in FHIRPath are not looked into */
function standsRight(contexts: readonly ExtensionContext[], holder: Place | undefined, definitions: Definitions): boolean {
  if (contexts.length === 0 || holder === undefined) return true;
  return contexts.some(({ type, expression }) => {
    if (type === 'element') return isElement(expression.replace(/^.*#/, ''), holder, definitions);
    if (type === 'extension') return isObject(holder.value) && holder.value['url'] === expression;
    return true;
  });
}

/** An element's path, in its resource or in the type that holds it, or the name of a type. Everything is an element, resources too. */
function isElement(expression: string, holder: Place, definitions: Definitions): boolean {
  const { type = '', parent, name, choice } = holder;
  if (expression === 'Element' || (definitions.type(type) !== undefined && lineOf(type, definitions).includes(expression))) return true;
  const path = bare(expression);
  const own = elementPathOf(holder);
  if (path === bare(own) || path === bare(unrepeated(own, definitions))) return true;
  return parent?.type !== undefined && path === `${parent.type}.${choice ?? name}`;
}

/** The path of the element that a path ends at, where it goes through elements that repeat others: `Questionnaire.item.item` is `Questionnaire.item`. */
function unrepeated(path: string, definitions: Definitions): string {
  const [type = '', ...names] = path.split('.');
  let elements: Elements | undefined = definitions.type(type)?.elements;
  let at = type;
  for (const name of names) {
    const element = elements?.get(name);
    at = element?.sameAs ?? `${at}.${name}`;
    elements = element?.sameAs === undefined ? element?.elements : elementsAt(definitions, element.sameAs);
  }
  return at;
}

const bare = (path: string): string => path.replaceAll('[x]', '').replace(/:[^.]+/g, '');

