/** Search parameters in words: which form a value has, and what it is compared with. R4: search.html#ptypes, search.html#modifiers. */
import type { SearchParameter, SearchParameterType } from '../../fhir/definitions.ts';
import { supportedModifiers, supportedParameter } from '../../search/supported.ts';
import type { Prefix } from '../../search/values.ts';
import type { Subject } from './subject.ts';

const isCommon = ({ base }: SearchParameter): boolean => base.includes('Resource');

/** @returns the parameters that a search takes: those of the type, its own before those of all types, or those of all types alone */
export function criteriaOf(criteria: 'type' | 'common' | undefined, { type, definitions }: Subject): SearchParameter[] {
  if (criteria === undefined) return [];
  const all = definitions.searchParameters(type ?? definitions.resourceTypes[0]!).filter(supportedParameter);
  const common = all.filter(isCommon);
  return criteria === 'common' || type === undefined ? common : [...all.filter((parameter) => !isCommon(parameter)), ...common];
}

const prefixes: readonly Prefix[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'sa', 'eb', 'ap'];
const withPrefix = `alone or after one of ${prefixes.join(', ')}`;

const forms: Readonly<Record<SearchParameterType, string>> = {
  token: '`code`, `system|code`, `|code` or `system|`',
  string: 'how a text begins, whatever its case and accents',
  reference: '`Type/id`, `id` or a URL',
  date: `\`2024\`, \`2024-05-17\` or \`2024-05-17T09:30:00Z\`, ${withPrefix}`,
  number: `\`5.4\`, ${withPrefix}`,
  quantity: `\`5.4\`, \`5.4|system|code\` or \`5.4||code\`, ${withPrefix}`,
  uri: 'a whole URI',
  composite: 'values joined by `$`',
  special: 'a form of its own',
};

/** Parameters whose values are not as their type's. */
const own: Readonly<Record<string, string>> = {
  _id: 'an id',
  near: '`latitude|longitude`, `latitude|longitude|distance` or `latitude|longitude|distance|km`',
};

const modifiersOf = (parameter: SearchParameter, { type, definitions }: Subject): string[] =>
  supportedModifiers(parameter, definitions, type === undefined ? undefined : [type]);

/** Targets are named where they are few enough to read. */
const fewTargets = 4;

/** @returns `**string**: how a text begins … In \`Patient.name\`. Modifiers: \`:exact\`` */
export function describeCriterion(parameter: SearchParameter, subject: Subject): string {
  const { code, type: form, target, expression } = parameter;
  const place = expression === undefined ? undefined : placeOf(expression, subject.type);
  const modifiers = modifiersOf(parameter, subject).map((modifier) => `\`:${modifier}\``);
  if (form === 'reference') modifiers.push(`a type, as in \`:${target.includes('Patient') ? 'Patient' : (target[0] ?? 'Patient')}\``);
  return [
    `**${form}**: ${own[code] ?? (form === 'composite' ? compositeForm(parameter, subject) : forms[form])}`,
    form === 'reference' && target.length > 0 && target.length <= fewTargets ? `, to ${target.join(', ')}` : '',
    place === undefined ? '' : `. In \`${place}\``,
    modifiers.length === 0 ? '' : `. Modifiers: ${modifiers.join(', ')}`,
  ].join('');
}

/** What two parameters would be given, joined: `code` and `value-quantity`. */
function compositeForm({ component }: SearchParameter, { definitions }: Subject): string {
  const codes = component.map(({ definition }) => definitions.searchParameterByUrl(definition)?.code);
  return `values of ${codes.map((code) => `\`${code}\``).join(' and ')}, joined by \`$\``;
}

const longestPlace = 100;

/** The part of an expression that is about the type; undefined where it is long. */
function placeOf(expression: string, type: string | undefined): string | undefined {
  const parts = expression.split(/\s*\|\s*/).filter((part) => new RegExp(`^\\(?(?:${type ?? 'Resource'}|Resource|DomainResource)\\b`).test(part));
  const place = parts.join(' | ');
  return place === '' || place.length > longestPlace ? undefined : place;
}

/** What the free-form parameter is for, with a name that the type has. */
export function furtherCriteria(subject: Subject): string {
  const criteria = criteriaOf('type', subject).filter((parameter) => modifiersOf(parameter, subject).length > 0);
  const example = criteria.find(({ type }) => type === 'string') ?? criteria[0];
  const shown = example === undefined ? '' : `: \`{ "${example.code}:${modifiersOf(example, subject).at(-1)}": "…" }\``;
  return `Parameters under any other name, as a JSON object: names with a modifier, chains and \`_has\` go here${shown}`;
}
