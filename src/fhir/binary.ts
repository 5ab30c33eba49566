/** Binary: between its content as bytes and the resource that stands for it. R4: binary.html. */
import { findMember, stringAt } from './json/walk.ts';

export interface BinaryContent {
  /** A media type, with its parameters. */
  readonly contentType: string;
  readonly bytes: Buffer;
  /** A reference to what decides who may see the content. */
  readonly securityContext?: string;
}

/** What jsonb holds in one string. */
export const largestContent = Math.floor(0x0fffffff / 4) * 3;

/** @returns the resource as compact JSON */
export function binaryText({ contentType, bytes, securityContext }: BinaryContent, id?: string): Buffer {
  const head = JSON.stringify({
    resourceType: 'Binary', ...(id !== undefined && { id }), contentType,
    ...(securityContext !== undefined && { securityContext: { reference: securityContext } }),
  });
  // FHIR has no empty strings.
  return Buffer.from(bytes.length === 0 ? head : `${head.slice(0, -1)},"data":"${bytes.toString('base64')}"}`);
}

/** `type/subtype` with parameters, and nothing that could end a header. */
const mediaTypeForm = /^[\w.+!#$&^-]+\/[\w.+!#$&^-]+(?:\s*;[\x20-\x7e]*)?$/;

/**
 * @param text a Binary's text, compact
 * @returns its content; of a type that is none, as bytes without type
 */
export function contentOfBinary(text: string): BinaryContent {
  const bytes = Buffer.from(text);
  const stringOf = (at: number, key: string): string | undefined => {
    const member = findMember(bytes, at, key);
    return member !== undefined && bytes[member.start] === 0x22 ? stringAt(bytes, member.start, member.end) : undefined;
  };
  const contentType = stringOf(0, 'contentType') ?? '';
  const context = findMember(bytes, 0, 'securityContext');
  const reference = context === undefined || bytes[context.start] !== 0x7b ? undefined : stringOf(context.start, 'reference');
  return {
    contentType: mediaTypeForm.test(contentType) ? contentType : 'application/octet-stream',
    bytes: Buffer.from(stringOf(0, 'data') ?? '', 'base64'),
    ...(reference !== undefined && /^[\x21-\x7e]+$/.test(reference) && { securityContext: reference }),
  };
}
