/** Which FHIR types a parameter of each type can have values of. R4: search.html#ptypes. */
import type { SearchParameterType } from '../fhir/definitions.ts';

/** Of what is posted: R4's own parameters have a few more, by mistake. */
const fitting: Readonly<Record<SearchParameterType, readonly string[]>> = {
  token: ['Coding', 'CodeableConcept', 'Identifier', 'ContactPoint', 'Money', 'code', 'boolean', 'string', 'id', 'uri', 'url', 'oid', 'uuid', 'canonical', 'integer', 'positiveInt', 'unsignedInt'],
  string: ['string', 'markdown', 'code', 'id', 'HumanName', 'Address', 'Annotation'],
  reference: ['Reference', 'canonical', 'uri', 'Resource'],
  date: ['date', 'dateTime', 'instant', 'Period', 'Timing'],
  uri: ['uri', 'url', 'canonical', 'oid', 'uuid'],
  number: ['decimal', 'integer', 'positiveInt', 'unsignedInt', 'Range'],
  quantity: ['Quantity', 'SimpleQuantity', 'Age', 'Count', 'Distance', 'Duration', 'MoneyQuantity', 'Money', 'Range', 'SampledData'],
  composite: [],
  special: [],
};

/** @param type of a value, as definitions have it */
export const fits = (parameter: SearchParameterType, type: string): boolean => parameter === 'composite' || fitting[parameter].includes(type.replace(/^(?:http:\/\/hl7\.org\/fhirpath\/)?System\.String$/, 'string'));
