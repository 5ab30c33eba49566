/**
 * The Synthea files as the server holds them once loaded, worked out without it: references to entries and conditional references
 * become references to resources, and what is there twice is there once. R4: http.html#trules.
 */
import { readdirSync } from 'node:fs';
import { readShared, sharedPath } from '../support/shared.ts';
import { Decimal, isObject, listOf, parseJson, textOf, type Json, type JsonObject } from './json.ts';

/** @returns the names of the files, the two that others refer to first */
export const syntheaFiles = (): string[] => readdirSync(sharedPath('data', 'synthea')).filter((name) => name.endsWith('.json.gz')).toSorted();

export const readBundle = (name: string): string => readShared('data', 'synthea', name).toString();

export function loadFiles(names: readonly string[]): JsonObject[] {
  const resources: JsonObject[] = [];
  const byIdentifier = new Map<string, string>();
  for (const name of names) {
    const byFullUrl = new Map<string, string>();
    const entries = listOf(parseJson(readBundle(name)), 'entry').flatMap((entry) => {
      const resource = isObject(entry) ? entry['resource'] : undefined;
      if (!isObject(resource)) return [];
      const key = `${textOf(resource, 'resourceType')}/${textOf(resource, 'id')}`;
      byFullUrl.set(textOf(entry, 'fullUrl') ?? '', key);
      for (const one of listOf(resource, 'identifier')) {
        const criteria = `${textOf(resource, 'resourceType')}?identifier=${textOf(one, 'system')}|${textOf(one, 'value')}`;
        if (!byIdentifier.has(criteria)) byIdentifier.set(criteria, key);
      }
      return [resource];
    });
    resources.push(...entries.map((resource) => rewritten(resource, (text) => byFullUrl.get(text) ?? byIdentifier.get(text) ?? text)));
  }
  return resources;
}

function rewritten(resource: JsonObject, target: (text: string) => string): JsonObject {
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk);
    if (!isObject(value) || value instanceof Decimal) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) =>
      [name, name === 'reference' && typeof member === 'string' ? target(member) : walk(member as Json)]));
  };
  return walk(resource) as JsonObject;
}
