/** Which representation a request asks for and which one its body has. R4: http.html#mime-type, http.html#parameters (_format). */
import { badValue, notAcceptable, unsupportedMediaType } from '../fhir/outcome.ts';
import type { Parameters } from '../rest/endpoint.ts';
import { fhirJson, jsonAnswers, jsonBodies, patchBodies, patchFormats } from '../rest/media-types.ts';

export interface Representation {
  /** Of the answer, with charset. */
  readonly contentType: string;
  readonly isPretty: boolean;
  /** A page for a person instead of the JSON itself. */
  readonly isPage: boolean;
}

export const standard: Representation = { contentType: `${fhirJson}; charset=utf-8`, isPretty: false, isPage: false };

const page = 'text/html';

/** What _format may say → the media type answered, short names included. */
const formats: ReadonlyMap<string, string> = new Map([...jsonAnswers, ['json', fhirJson], ['html', page], [page, page]]);

/** FHIR's other media types: who prefers one is a client of the API, though it is not given here. */
const otherFhir: ReadonlySet<string> = new Set(['application/fhir+xml', 'application/xml+fhir', 'application/fhir+turtle']);

/** Media types that mean FHIR and nothing else. */
export const fhirTypes: ReadonlySet<string> = new Set([fhirJson, 'application/json+fhir', ...otherFhir]);

/** What Java's own HTTP client asks for unless it is told otherwise: a program, whatever it says of HTML. */
const javaDefault = /^text\/html, image\/gif, image\/jpeg, /;

/**
 * @returns the representation of `_format`, else of Accept, and whether `_pretty` asks for white space
 * @throws FhirError 406 when nothing that is asked for can be given, 400 for a `_pretty` that is none
 */
export function negotiate(accept: string | undefined, parameters: Parameters): Representation {
  if (parameters.length === 0 && (accept === undefined || accept === '*/*' || accept === fhirJson)) return standard;
  const format = lastOf(parameters, '_format');
  const mediaType = format === undefined ? fromAccept(accept) : fromFormat(format);
  return { contentType: `${mediaType}; charset=utf-8`, isPretty: isPretty(lastOf(parameters, '_pretty')), isPage: mediaType === page };
}

/** @returns whether Accept alone asks for a page: for errors of requests that are too broken to be negotiated */
export function prefersPage(accept: string | undefined): boolean {
  try {
    return negotiate(accept, []).isPage;
  } catch {
    return false;
  }
}

/**
 * @returns whether a Binary is asked for in its own media type: unless `_format`, else Accept, names one of FHIR's at least as
 *   willingly as any other (binary.html#rest). No such request is refused, since the type of the content is the client's own.
 */
export function prefersContent(accept: string | undefined, parameters: Parameters): boolean {
  const format = lastOf(parameters, '_format')?.replaceAll(' ', '+').split(';')[0]!.trim().toLowerCase();
  if (format !== undefined) return format.includes('/') && !fhirTypes.has(format) && format !== page;
  const best = { fhir: 0, other: 0 };
  for (const { name, quality } of rangesOf(accept ?? '')) {
    const kind = fhirTypes.has(name) ? 'fhir' : 'other';
    best[kind] = Math.max(best[kind], quality);
  }
  return best.fhir === 0 || best.other > best.fhir;
}

interface MediaRange {
  readonly name: string;
  readonly options: readonly string[];
  readonly quality: number;
}

/** @returns the media types of an Accept header that are wanted at all, in its order */
const rangesOf = (accept: string): MediaRange[] =>
  accept.split(',').map((range): MediaRange => {
    const [name = '', ...options] = range.split(';').map((part) => part.trim());
    return { name: name.toLowerCase(), options, quality: Number(options.find((option) => /^q=/i.test(option))?.slice(2) ?? 1) };
  }).filter(({ quality }) => quality > 0);

const lastOf = (parameters: Parameters, name: string): string | undefined =>
  parameters.findLast(([key, value]) => key === name && value !== '')?.[1];

function isPretty(text: string | undefined): boolean {
  if (text !== undefined && text !== 'true' && text !== 'false') throw badValue(`"_pretty" is "${text}", which is neither true nor false`);
  return text === 'true';
}

function fromFormat(format: string): string {
  // An unescaped "+" has become a space on its way through the query.
  const [name = '', ...options] = format.replaceAll(' ', '+').split(';');
  const mediaType = formats.get(name.trim().toLowerCase());
  if (mediaType === undefined || !isVersion4(options)) throw notAcceptable(`"_format" is "${format.slice(0, 80)}", and this server answers JSON of FHIR 4.0`);
  return mediaType;
}

function fromAccept(accept: string | undefined): string {
  if (accept === undefined || accept.trim() === '') return fhirJson;
  let best: { mediaType: string; quality: number } | undefined;
  let html = 0;
  let other = 0;
  for (const { name, options, quality } of rangesOf(accept)) {
    if (name === page) html = Math.max(html, quality);
    if (otherFhir.has(name)) other = Math.max(other, quality);
    const mediaType = jsonAnswers.get(name);
    if (mediaType === undefined || !isVersion4(options)) continue;
    if (best === undefined || quality > best.quality) best = { mediaType, quality };
  }
  // A page only where HTML outranks all that a client of the API could mean, "*/*" included; on a tie it is JSON.
  const outranks = best === undefined || (html > best.quality && html > other && !javaDefault.test(accept));
  if (html > 0 && outranks) return page;
  if (best === undefined) throw notAcceptable(`Accept is "${accept.slice(0, 200)}", and this server answers JSON of FHIR 4.0`);
  return best.mediaType;
}

/** The fhirVersion parameter of a media type (http.html#version-parameter). */
function isVersion4(options: readonly string[]): boolean {
  const version = options.map((option) => option.trim().split('=')).find(([name]) => name?.toLowerCase() === 'fhirversion')?.[1];
  return version === undefined || version.replaceAll('"', '') === '4.0';
}

/**
 * @param header Content-Type
 * @returns the body's media type, without parameters
 * @throws FhirError 415 for another character set or FHIR version than this server takes
 */
export function bodyMediaType(header: string | undefined): string {
  const [name = '', ...options] = (header ?? fhirJson).split(';').map((part) => part.trim());
  const charset = options.map((option) => option.split('=')).find(([key]) => key?.toLowerCase() === 'charset')?.[1]?.replaceAll('"', '').toLowerCase();
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw unsupportedMediaType(`The charset is "${charset}", and this server takes utf-8`);
  }
  if (!isVersion4(options)) throw unsupportedMediaType(`Content-Type is "${header}", and this server takes FHIR 4.0`);
  return name.toLowerCase();
}

/** @throws FhirError 415 where a resource was sent as something else than JSON */
export function requireJson(mediaType: string): void {
  if (!jsonBodies.has(mediaType)) {
    throw unsupportedMediaType(`Content-Type is "${mediaType.slice(0, 80)}", and a resource is taken as ${[...jsonBodies].join(', ')}`);
  }
}

/** Says which patches are taken (RFC 5789 section 3.1). */
export const acceptPatch = { 'accept-patch': patchFormats.join(', ') };

/** @throws FhirError 415 with Accept-Patch where a PATCH was sent as something else than a patch */
export function requirePatch(mediaType: string): void {
  if (!patchBodies.has(mediaType)) {
    throw unsupportedMediaType(`Content-Type is "${mediaType.slice(0, 80)}", and a patch is taken as ${[...patchBodies.keys()].join(', ')}`, { headers: acceptPatch });
  }
}
