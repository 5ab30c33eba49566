/** Positions in a result as opaque text for links: base64url without padding, so that clients can reorder and re-encode the URL. */
import { invalid } from '../fhir/outcome.ts';

/** The parameter of page links; server-defined parameters start with "-" (search.html#3.1.1.6). */
export const cursorParameter = '-page';

export const encodeCursor = (fields: readonly (string | number | null)[]): string => Buffer.from(JSON.stringify(fields)).toString('base64url');

/**
 * @param form what each field must look like
 * @returns the fields as text
 * @throws FhirError 400 when the text is no cursor of that form
 */
export function decodeCursor(text: string, form: readonly RegExp[]): string[] {
  const fields = decodeCursorFields(text, form.length).map(String);
  if (!fields.every((field, n) => form[n]!.test(field))) throw foreign(text);
  return fields;
}

/** @returns so many fields, of any kind; throws FhirError 400 when the text is no cursor of that length */
export function decodeCursorFields(text: string, length: number): unknown[] {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    throw foreign(text);
  }
  // A decoder lets letters pass at the end that stand for nothing.
  const isWhole = Buffer.from(text, 'base64url').toString('base64url') === text;
  if (!isWhole || !Array.isArray(fields) || fields.length !== length) throw foreign(text);
  return fields;
}

const foreign = (text: string): Error => invalid(`"${cursorParameter}" is "${text.slice(0, 80)}", which is no page of this result`);
