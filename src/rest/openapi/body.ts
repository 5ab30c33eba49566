/** Request bodies, each with a sample that the server takes as it stands. OpenAPI 3.1.1 section 4.8.13. */
import type { SearchParameter } from '../../fhir/definitions.ts';
import type { Method } from '../endpoint.ts';
import { fhirJson, formType } from '../media-types.ts';
import { criteriaOf, describeCriterion } from './criteria.ts';
import type { Shown, Subject } from './subject.ts';

/** @returns the member `requestBody`; nothing where the operation has no body */
export function bodyOf(endpoint: Shown, method: Method, subject: Subject): { requestBody?: object } {
  if (method === 'GET' || method === 'HEAD') return {};
  const body = endpoint.takes?.body;
  if (body === 'resource') return { requestBody: { required: true, content: { [fhirJson]: resourceContent(endpoint, subject), ...anyContent(subject) } } };
  if (body === 'criteria') return { requestBody: { content: { [formType]: formContent(endpoint, subject) } } };
  if (body !== undefined) {
    return { requestBody: { required: true, content: Object.fromEntries(Object.entries(body).map(([type, example]) => [type, { schema: {}, example }])) } };
  }
  const isUnsaid = endpoint.summary === undefined && (method === 'POST' || method === 'PUT' || method === 'PATCH');
  return isUnsaid ? { requestBody: { content: { [fhirJson]: { schema: { type: 'object' } } } } } : {};
}

/** The id stands in the body where it stands in the path (http.html#update). */
function resourceContent({ path }: Shown, { type, sample }: Subject): object {
  if (type === undefined || sample === undefined) return { schema: { type: 'object' } };
  const { id: _id, ...withoutId } = sample;
  return { schema: { $ref: `#/components/schemas/${type}` }, example: path.includes(':id') ? sample : withoutId };
}

/** The same parameters as in a query. Each is empty by default, since Swagger UI would else send a made-up value of all of them. */
function formContent({ takes }: Shown, subject: Subject): object {
  const criteria = criteriaOf(takes?.criteria, subject);
  const property = (criterion: SearchParameter): object =>
    ({ type: 'array', items: { type: 'string' }, default: [], description: describeCriterion(criterion, subject) });
  return {
    schema: { type: 'object', properties: Object.fromEntries(criteria.map((criterion) => [criterion.code, property(criterion)])) },
    encoding: Object.fromEntries(criteria.map(({ code }) => [code, { style: 'form', explode: true }])),
  };
}

/** A Binary takes and gives its content as it is (binary.html#rest). */
export const anyContent = ({ type }: Subject): object => (type === 'Binary' ? { '*/*': { schema: { type: 'string', format: 'binary' } } } : {});
