/** _summary and _elements: a resource's text with elements left out, and tagged so. R4: search.html#summary, search.html#elements. */
import { choiceName, type Definitions, type ElementDefinition, type Elements } from '../fhir/definitions.ts';
import { addSubsettedTag, filterJson } from '../fhir/json/filter.ts';
import { badValue } from '../fhir/outcome.ts';
import type { Parameters } from './endpoint.ts';
import { singleValue, valuesOf } from './parameters.ts';

/**
 * @param text a resource's text
 * @param parameters those of the request
 * @returns what of the text was asked for
 * @throws FhirError 400 for a _summary that is none
 */
export function represent(type: string, text: string, parameters: Parameters, definitions: Definitions): string {
  if (parameters.length === 0) return text;
  const keep = keeper(type, parameters, definitions);
  return keep === undefined ? text : addSubsettedTag(filterJson(text, keep));
}

type Keep = (path: readonly string[]) => boolean | 'descend';

function keeper(type: string, parameters: Parameters, definitions: Definitions): Keep | undefined {
  const elements = valuesOf(parameters, '_elements').flatMap((value) => value.split(',')).map((name) => name.trim()).filter((name) => name !== '');
  const root = definitions.type(type)?.elements ?? new Map<string, ElementDefinition>();
  if (elements.length > 0) return keepElements(elements.map((name) => (name.startsWith(`${type}.`) ? name.slice(type.length + 1) : name)), root);
  const summary = singleValue(parameters, '_summary');
  switch (summary) {
    case undefined: case 'false': case 'count': return undefined;
    case 'true': return keepSummary(root);
    case 'text': return keepTop((name, element) => name === 'text' || element?.isRequired === true, root);
    case 'data': return keepTop((name) => name !== 'text', root);
    default: throw badValue(`"_summary" is "${summary}", which is not one of true, text, data, count, false`);
  }
}

/** What every cut resource keeps. */
const always: ReadonlySet<string> = new Set(['resourceType', 'id', 'meta']);

const bare = (key: string): string => (key.startsWith('_') ? key.slice(1) : key);

/** Finds the definition of a member by its key, choices included. */
function definitionOf(key: string, elements: Elements): ElementDefinition | undefined {
  const name = bare(key);
  const direct = elements.get(name);
  if (direct !== undefined) return direct;
  for (const [choice, element] of elements) {
    if (choice.endsWith('[x]') && element.types.some(({ code }) => choiceName(choice, code) === name)) return element;
  }
  return undefined;
}

const keepTop = (isKept: (name: string, element: ElementDefinition | undefined) => boolean, root: Elements): Keep =>
  ([key]) => always.has(key!) || isKept(bare(key!), definitionOf(key!, root));

/** Named elements and the mandatory ones; a name may go into an element: `name.family`. */
function keepElements(names: readonly string[], root: Elements): Keep {
  const isNamed = (path: string): boolean | 'descend' =>
    names.some((name) => path === name || path.startsWith(`${name}.`)) ? true : names.some((name) => name.startsWith(`${path}.`)) ? 'descend' : false;
  return (path) => {
    const [key] = path;
    if (always.has(key!)) return true;
    const choice = path.length === 1 ? choiceOf(bare(key!), root) : undefined;
    const found = isNamed(path.map(bare).join('.')) || (choice !== undefined && names.includes(choice));
    if (found !== false) return found;
    return path.length === 1 && definitionOf(key!, root)?.isRequired === true;
  };
}

/** `valueQuantity` is asked for as `value`. */
function choiceOf(name: string, elements: Elements): string | undefined {
  for (const [choice, element] of elements) {
    if (choice.endsWith('[x]') && element.types.some(({ code }) => choiceName(choice, code) === name)) return choice.slice(0, -3);
  }
  return undefined;
}

/** Elements that their definitions mark as of the summary, at every depth of the type's own backbone. */
function keepSummary(root: Elements): Keep {
  return (path) => {
    if (path.length === 1 && always.has(path[0]!)) return true;
    let elements: Elements = root;
    for (let n = 0; n < path.length; n++) {
      const element = definitionOf(path[n]!, elements);
      if (element === undefined || !element.isSummary) return false;
      if (element.elements === undefined) return true;
      elements = element.elements;
    }
    return 'descend';
  };
}
