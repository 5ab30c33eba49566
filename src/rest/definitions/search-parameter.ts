/** SearchParameter as this server answers it: R4's facts, with the modifiers and prefixes that it takes. R4: searchparameter.html. */
import type { Definitions, SearchParameter } from '../../fhir/definitions.ts';
import { supportedModifiers, supportedParameter } from '../../search/supported.ts';
import { canonicalOf, firstDefinition } from './canonical.ts';

/** @returns undefined where R4 has no search parameter of that id */
export function searchParameter(id: string, definitions: Definitions): object | undefined {
  const parameter = definitions.searchParameterByUrl(canonicalOf('SearchParameter', id));
  if (parameter === undefined) return undefined;
  const { code, type, base, expression, target, component } = parameter;
  const isSupported = supportedParameter(parameter);
  const modifier = isSupported ? modifierCodes(parameter, definitions) : [];
  return {
    ...firstDefinition('SearchParameter', id),
    name: code,
    status: 'active',
    description: `${code}, a ${type} parameter of ${base.join(', ')}${isSupported ? '' : '; this server does not answer it'}`,
    code,
    base,
    type,
    ...(expression !== undefined && { expression }),
    ...(target.length > 0 && { target }),
    multipleOr: true,
    multipleAnd: true,
    ...(isSupported && ['date', 'number', 'quantity'].includes(type) && { comparator: ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] }),
    ...(modifier.length > 0 && { modifier }),
    ...(component.length > 0 && { component }),
  };
}

/** A modifier's code where it is not the word of the URL (http://hl7.org/fhir/search-modifier-code). */
const codes: Readonly<Record<string, string>> = { 'of-type': 'ofType' };

/** A reference's modifier is the name of a type, whose code is `type`. */
const modifierCodes = (parameter: SearchParameter, definitions: Definitions): string[] =>
  [...supportedModifiers(parameter, definitions).map((modifier) => codes[modifier] ?? modifier), ...(parameter.type === 'reference' ? ['type'] : [])];
