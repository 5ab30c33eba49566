/**
 * One field for a search as it is typed: `name=smith&birthdate=gt1980`. The form sends it as the one parameter `-search`, which only
 * pages know (server-defined parameters start with "-", search.html#3.1.1.6), and is sent on to the search itself.
 */
import { badValue } from '../../fhir/outcome.ts';
import type { FhirRequest, FhirResponse, Parameters } from '../../rest/endpoint.ts';
import { valuesOf } from '../../rest/parameters.ts';
import { parseQuery, parseTarget } from '../../rest/target.ts';
import { html, type Html } from './html.ts';
import { urlAt } from './place.ts';

const boxParameter = '-search';

/**
 * @param action URL of the type, or of the base
 * @param typed what stands in the field at first
 */
export const searchBox = (action: string, label: string, example: string, typed: string): Html => html`
<form action="${action}" method="get" role="search">
<label for="query">${label}</label>
<div class="field"><input id="query" name="${boxParameter}" type="search" value="${typed}" placeholder="${example}"
 autocomplete="off" autocapitalize="none" spellcheck="false"><button>Search</button></div>
</form>`;

/** @returns parameters as a person types them; what would end a value is escaped */
export const typedText = (parameters: Parameters): string =>
  parameters.map(([name, value]) => `${typed(name)}=${typed(value)}`).join('&');

const typed = (text: string): string => text.replace(/[%&+#]/g, encodeURIComponent);

/**
 * @returns where a typed search is, as a redirect; undefined where nothing was typed
 * @throws FhirError 400 where the text is neither parameters nor, at the base, a path
 */
export function typedSearch({ base, path, parameters }: FhirRequest): FhirResponse | undefined {
  const text = parameters.find(([name]) => name === boxParameter)?.[1].trim();
  if (text === undefined) return undefined;
  const format = valuesOf(parameters, '_format').map((value) => ['_format', value] as const);
  const target = path.length === 0 ? parseTarget(text, [base], 'query') : { path, parameters: parametersOf(text) };
  return { status: 303, headers: { location: urlAt(base, target.path, [...target.parameters, ...format]) } };
}

function parametersOf(text: string): Parameters {
  const query = text.replace(/^[^=]*\?/, '');
  const wrong = query.split('&').find((part) => part.trim() !== '' && !part.includes('='));
  if (wrong !== undefined) throw badValue(`"${wrong.slice(0, 80)}" is no search: write a parameter and its value, as in name=smith`);
  try {
    return parseQuery(query);
  } catch {
    throw badValue(`"${query.slice(0, 80)}" has a percent sign that is not followed by two hexadecimal digits; write %25 for the sign itself`);
  }
}
