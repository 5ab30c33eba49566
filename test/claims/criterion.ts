/** From a value that a resource has to a criterion that must find it, and to one that must not. R4: search.html#ptypes. */
import { parameterByUrl, type Parameter, type ParameterType } from '../oracle/definitions.ts';
import { tuplesOf, valuesOf, type Typed } from '../oracle/expression.ts';
import { Decimal, isObject, listOf, textOf, type Json, type JsonObject } from '../oracle/json.ts';
import { escape } from '../oracle/values.ts';

/** @returns the text of a criterion that the resource meets, by HL7's own evaluation of the expression; undefined where it has no value that tells */
export function criterionFor(resource: JsonObject, parameter: Parameter): string | undefined {
  if (parameter.type !== 'composite') return first(valuesOf(resource, parameter), (value) => textFor(parameter.type, value));
  return first(tuplesOf(resource, parameter), (tuple) => {
    const parts = tuple.map((component, n) => first(component, (value) => textFor(kindOf(parameter, n, value), value)));
    return parts.length > 0 && parts.every((part) => part !== undefined) ? parts.join('$') : undefined;
  });
}

/** DocumentReference-relationship names its components the wrong way round in R4. */
function kindOf({ code, component = [] }: Parameter, n: number, { type }: Typed): ParameterType {
  const kind = parameterByUrl(component[n]!.definition)!.type;
  return code !== 'relationship' ? kind : kind === 'reference' && type === 'code' ? 'token' : kind === 'token' && type === 'Reference' ? 'reference' : kind;
}

function first<T>(values: readonly T[], textOfOne: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const text = textOfOne(value);
    if (text !== undefined) return text;
  }
  return undefined;
}

function textFor(type: ParameterType, { value, type: of }: Typed): string | undefined {
  switch (type) {
    case 'token': return token(value, of);
    case 'string': return some(string(value));
    // A word alone is no URL, though it stands in an example as one.
    case 'reference': return some(typeof value !== 'string' ? resourceName(value) ?? textOf(value, 'reference') : /[:/]/.test(value) ? value : undefined);
    case 'uri': return some(typeof value === 'string' ? value : undefined);
    case 'date': return date(value);
    case 'number': return value instanceof Decimal ? value.text : range(value);
    case 'quantity': return quantity(value);
    case 'special': return position(value);
    case 'composite': return undefined;
  }
}

const some = (text: string | undefined): string | undefined => (text === undefined || text.trim() === '' || text.startsWith('#') ? undefined : escape(text));

function token(value: Json, of: string): string | undefined {
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return some(value);
  const coded = of === 'CodeableConcept' ? listOf(value, 'coding')[0] : value;
  const code = some(textOf(coded, of === 'Identifier' || of === 'ContactPoint' ? 'value' : of === 'Money' ? 'currency' : 'code'));
  const system = of === 'ContactPoint' ? undefined : textOf(coded, 'system');
  return code === undefined ? undefined : system === undefined ? code : `${escape(system)}|${code}`;
}

/** A text that is no letter or digit finds nothing. */
function string(value: Json): string | undefined {
  const texts = typeof value === 'string' ? [value] : [...['family', 'text', 'city', 'country', 'state', 'postalCode'].map((name) => textOf(value, name)), ...listOf(value, 'given'), ...listOf(value, 'line')];
  const found = texts.find((text) => typeof text === 'string' && /[A-Za-z0-9]/.test(text));
  return typeof found === 'string' ? found.slice(0, 40).trim() : undefined;
}

const resourceName = (value: Json): string | undefined => {
  const type = textOf(value, 'resourceType');
  return type === undefined ? undefined : `${type}/${textOf(value, 'id')}`;
};

function date(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  const event = listOf(value, 'event')[0];
  if (typeof event === 'string') return `ge${event}`;
  const repeat = isObject(value) ? value['repeat'] : undefined;
  const period = isObject(repeat) && isObject(repeat['boundsPeriod']) ? repeat['boundsPeriod'] : value;
  const [start, end] = [textOf(period, 'start'), textOf(period, 'end')];
  return start !== undefined ? `ge${start}` : end === undefined ? undefined : `le${end}`;
}

const numberOf = (value: Json | undefined, name: string): string | undefined => {
  const member = isObject(value) ? value[name] : undefined;
  return member instanceof Decimal ? member.text : undefined;
};

function range(value: Json): string | undefined {
  const [low, high] = isObject(value) ? [numberOf(value['low'], 'value'), numberOf(value['high'], 'value')] : [];
  return low !== undefined ? `ge${low}` : high === undefined ? undefined : `le${high}`;
}

function quantity(value: Json): string | undefined {
  const number = numberOf(value, 'value');
  if (number === undefined) return range(value) ?? (numberOf(value, 'lowerLimit') === undefined ? undefined : `ge${numberOf(value, 'lowerLimit')}`);
  if (textOf(value, 'comparator') !== undefined) return undefined;
  const [system, code] = [textOf(value, 'system'), textOf(value, 'code')];
  return system === undefined || code === undefined ? number : `${number}|${escape(system)}|${escape(code)}`;
}

function position(value: Json): string | undefined {
  const [latitude, longitude] = [numberOf(value, 'latitude'), numberOf(value, 'longitude')];
  return latitude === undefined || longitude === undefined ? undefined : `${latitude}|${longitude}|1|km`;
}

const absent: Readonly<Record<ParameterType, string>> = {
  token: 'nowhere', string: 'qqzzqq', reference: 'Basic/nowhere', uri: 'urn:nowhere', date: '1500-01-01', number: '-98765', quantity: '-98765', special: '-89|1|1|km', composite: '',
};

/** @returns the text of a criterion that no resource here meets */
export function criterionAgainst(parameter: Parameter): string {
  if (parameter.code === '_lastUpdated') return 'gt2200';
  if (parameter.type === 'composite') return (parameter.component ?? []).map(({ definition }) => absent[parameterByUrl(definition)!.type]).join('$');
  // A type that is none of the targets is refused.
  return parameter.type === 'reference' ? `${parameter.target?.[0] ?? 'Patient'}/nowhere` : absent[parameter.type];
}
