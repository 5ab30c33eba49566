/**
 * The API as OpenAPI 3.1, derived from the registry and the definitions: a document for each resource type, since one for all 146
 * would be of a size that no tool opens, and one for the system. R4: http.html; OpenAPI 3.1.1.
 */
import { createHash } from 'node:crypto';
import { documentOf, type DocumentOptions } from './openapi/document.ts';

export interface OpenApi {
  /** `System` and the resource types. */
  readonly names: readonly string[];
  /**
   * @param server where the FHIR base is, for the document's own reader: `/fhir`
   * @returns the document's text, and an entity tag that changes with it; undefined where no document has the name
   */
  document(name: string, server: string): { readonly text: string; readonly tag: string } | undefined;
}

/** The document of what belongs to no type. */
export const systemName = 'System';

/** Bases that documents are kept for: behind a proxy that names prefixes there may be a few. */
const keptServers = 4;

/** Documents are made when they are first asked for, and kept: definitions are one immutable value. */
export function createOpenApi(options: DocumentOptions): OpenApi {
  const names = [systemName, ...options.definitions.resourceTypes];
  const known = new Set(names);
  const made = new Map<string, Map<string, { text: string; tag: string }>>();
  return {
    names,
    document(name, server) {
      if (!known.has(name)) return undefined;
      let documents = made.get(server);
      if (documents === undefined) {
        if (made.size >= keptServers) made.clear();
        made.set(server, (documents = new Map()));
      }
      let document = documents.get(name);
      if (document === undefined) {
        const text = JSON.stringify(documentOf(name === systemName ? undefined : name, server, options));
        document = { text, tag: createHash('sha256').update(text).digest('base64url').slice(0, 16) };
        documents.set(name, document);
      }
      return document;
    },
  };
}
