/** What a person calls a resource: a name, a few facts and a date, from the elements that most types have. Nothing is assumed to be valid. */
import { isObject, JsonNumber, numberText, type JsonObject, type JsonValue } from '../../fhir/json/value.ts';

export interface Label {
  /** `Jolana Peñalara`, `Body height`; undefined where nothing in the resource names it. */
  readonly title?: string;
  /** `female`, `1937-11-14`; `166.3 cm`, `final`, `Jolana Peñalara`. */
  readonly facts: readonly string[];
  /** When it happened or applies, as it is written in the resource. */
  readonly date?: string;
}

const named = [
  'name', 'title', 'code', 'vaccineCode', 'medicationCodeableConcept', 'medicationReference', 'medication', 'type', 'serviceType',
  'description', 'scope', 'class', 'content', 'product', 'category', 'relationship',
];
const dated = [
  'effectiveDateTime', 'effectivePeriod', 'effectiveInstant', 'occurrenceDateTime', 'occurrencePeriod', 'performedDateTime', 'performedPeriod', 'onsetDateTime', 'onsetPeriod',
  'period', 'authoredOn', 'recordedDate', 'assertedDate', 'recorded', 'dateTime', 'date', 'sent', 'start', 'issued', 'created', 'collectedDateTime', 'servicedDate',
];
/** What state it is in and, last, whom it is about. */
const stated = ['gender', 'birthDate', 'verificationStatus', 'clinicalStatus', 'status', 'subject', 'patient', 'beneficiary'];

export function labelOf(resource: JsonObject): Label {
  const title = first(named.map((name) => textOf(resource[name])));
  const date = first(dated.map((name) => dateOf(resource[name])));
  const facts = [...valuesOf(resource), ...componentsOf(resource['component']), ...issuesOf(resource), ...stated.map((name) => textOf(resource[name]))];
  return {
    ...(title !== undefined && { title: shortened(title, 160) }),
    facts: facts.filter((fact) => fact !== undefined).slice(0, 4).map((fact) => shortened(fact, 120)),
    ...(date !== undefined && { date: shortened(date, 40) }),
  };
}

const first = (texts: readonly (string | undefined)[]): string | undefined => texts.find((text) => text !== undefined && text !== '');

const shortened = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`);

/** A value's text, whichever of the common data types it is of. */
function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number' || value instanceof JsonNumber) return numberText(value);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return value.length > 200 ? undefined : first(value.map(textOf));
  if (!isObject(value)) return undefined;
  const { text, display, family, given, coding, code, value: amount, start, reference, numerator, low, attachment } = value;
  if (typeof text === 'string' && text !== '') return text;
  if (family !== undefined || given !== undefined) return [...(Array.isArray(given) ? given : []), family].filter((part) => typeof part === 'string').join(' ');
  if (typeof display === 'string' && display !== '') return display;
  if (amount !== undefined) return quantityText(value);
  if (coding !== undefined) return textOf(coding);
  if (typeof code === 'string') return code;
  if (start !== undefined) return textOf(start);
  if (numerator !== undefined) return joined(textOf(numerator), '/', textOf(value['denominator']));
  if (low !== undefined) return joined(textOf(low), '–', textOf(value['high']));
  if (isObject(attachment)) return textOf(attachment['title']);
  return typeof reference === 'string' ? reference : undefined;
}

const joined = (a: string | undefined, between: string, b: string | undefined): string | undefined => (a === undefined || b === undefined ? (a ?? b) : `${a} ${between} ${b}`);

function quantityText({ comparator, value, unit, code, currency }: JsonObject): string | undefined {
  const amount = textOf(value);
  const of = [unit, code, currency].find((text) => typeof text === 'string');
  return amount === undefined ? undefined : `${typeof comparator === 'string' ? `${comparator} ` : ''}${amount}${typeof of === 'string' ? ` ${of}` : ''}`;
}

/** `value[x]` of an observation and its likes. */
const valuesOf = (element: JsonObject): string[] =>
  Object.keys(element).filter((key) => /^value[A-Z]/.test(key)).flatMap((key) => textOf(element[key]) ?? []);

function componentsOf(components: JsonValue | undefined): string[] {
  if (!Array.isArray(components)) return [];
  return components.slice(0, 3).filter(isObject).flatMap((component) => {
    const [value] = valuesOf(component);
    return value === undefined ? [] : [`${textOf(component['code']) ?? ''} ${value}`.trim()];
  });
}

const issuesOf = ({ resourceType, issue }: JsonObject): string[] =>
  (resourceType === 'OperationOutcome' && Array.isArray(issue) ? issue.slice(0, 2).filter(isObject).flatMap(({ diagnostics }) => textOf(diagnostics) ?? []) : []);

const dateOf = (value: JsonValue | undefined): string | undefined => {
  const text = isObject(value) ? (value['start'] ?? value['end']) : value;
  return typeof text === 'string' && /^\d{4}/.test(text) ? text : undefined;
};
