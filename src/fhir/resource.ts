/** The rules of a resource's id and version that hold for every type. R4: resource.html#id, http.html#versioning. */
import { invalid, notFound } from './outcome.ts';

const idForm = /^[A-Za-z0-9\-.]{1,64}$/;

/** @returns whether the text is a FHIR id (datatypes.html#id) */
export const isId = (text: string): boolean => idForm.test(text);

/**
 * @param expression where the id stands, for the outcome
 * @returns the id itself
 * @throws FhirError 400 when it is not of an id's form
 */
export function checkedId(text: string, expression?: string): string {
  if (isId(text)) return text;
  const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  throw invalid(`The id "${shown}" is not 1 to 64 characters of A-Z, a-z, 0-9, '-' and '.'`, expression === undefined ? {} : { expression });
}

/**
 * @param text a version id of this server: a positive integer without leading zeros
 * @returns the version's number
 * @throws FhirError 404, since no version can have any other name
 */
export function versionNumber(type: string, id: string, text: string): number {
  const version = /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
  if (version === undefined) throw notFound(`${type}/${id} has no version "${text.slice(0, 80)}"`);
  return version;
}

/** A weak ETag of a version (http.html#versioning). */
export const etagOf = (version: number): string => `W/"${version}"`;
