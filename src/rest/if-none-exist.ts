/** If-None-Exist: the criteria of a conditional create. R4: http.html#ccreate. */
import { badValue } from '../fhir/outcome.ts';
import type { Parameters } from './endpoint.ts';
import { parseTarget } from './target.ts';

/**
 * Takes what clients send: `a=b`, `?a=b`, `Patient?a=b` and `http://base/Patient?a=b`, percent-encoded or not.
 * @param type of the resource that is created
 * @throws FhirError 400 where another type or base is named
 */
export function parseIfNoneExist(header: string, type: string, bases: readonly string[]): Parameters {
  const question = header.indexOf('?');
  const isBare = question < 0 || header.slice(0, question).includes('=');
  const { path, parameters } = parseTarget(isBare ? `?${header}` : header, bases, 'If-None-Exist');
  if (path.length > 1 || (path[0] !== undefined && path[0] !== type)) {
    throw badValue(`If-None-Exist is "${header.slice(0, 200)}", which is not about ${type}`);
  }
  return parameters;
}
