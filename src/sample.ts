/** The sample of data/: loaded into an empty database for a newcomer by the requests that a client would send, and shown as examples. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Queryable } from './db/pool.ts';
import type { Resource } from './rest/openapi/sample.ts';

/**
 * Posts every Bundle of the folder, in the order of the names; does nothing where a resource is stored already.
 * @param say shows progress
 * @throws Error naming the file that was refused
 */
export async function loadSample(server: FastifyInstance, db: Queryable, folder: string, say: (text: string) => void): Promise<void> {
  const [row] = await db.query<{ empty: boolean }>({ text: 'select not exists (select from resource) as empty' });
  const files = readdirSync(folder).filter((file) => file.endsWith('.json')).toSorted();
  if (row?.empty !== true || files.length === 0) return;
  const began = performance.now();
  let shown = began;
  for (const [n, file] of files.entries()) {
    const answer = await server.inject({
      method: 'POST', url: '/fhir', headers: { 'content-type': 'application/fhir+json', prefer: 'return=minimal' }, payload: readFileSync(join(folder, file)),
    });
    if (answer.statusCode !== 200) throw new Error(`data/${file} was refused: ${answer.statusCode} ${answer.body.slice(0, 500)}`);
    if (performance.now() - shown > 500) {
      shown = performance.now();
      say(`Loading the sample: ${n + 1} of ${files.length} files`);
    }
  }
  say(`Loaded the sample: ${files.length} files in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

/** Beside src/ and dist/ alike. */
const sampleFolder = join(import.meta.dirname, '../data');

/**
 * The first resource of each type in the sample, for examples. Read when the first one is asked for.
 * @returns a function that gives undefined where the sample has none of the type, or where there is no sample
 */
export function createSampleReader(folder: string = sampleFolder): (type: string) => Resource | undefined {
  let found: Map<string, Resource> | undefined;
  return (type) => (found ??= firstOfEachType(folder)).get(type);
}

function firstOfEachType(folder: string): Map<string, Resource> {
  const found = new Map<string, Resource>();
  if (!existsSync(folder)) return found;
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted()) {
    const { entry = [] } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { entry?: { resource: Resource }[] };
    for (const { resource } of entry) if (!found.has(resource.resourceType)) found.set(resource.resourceType, resource);
  }
  return found;
}
