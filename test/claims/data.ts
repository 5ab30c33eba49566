/** What the claims are tried on: official examples as far as they have values, and resources made from the definitions for the rest. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Definitions, SearchParameter } from '../../src/fhir/definitions.ts';
import { supportedParameter } from '../../src/search/supported.ts';
import { parametersOf } from '../oracle/definitions.ts';
import { parseJson, textOf, type JsonObject } from '../oracle/json.ts';
import { criterionFor } from './criterion.ts';
import { claimedResource, resourceAt } from './resource-at.ts';

export interface Stored {
  readonly type: string;
  readonly id: string;
  readonly text: string;
}

/** A resource and a criterion that must find it. */
export interface Example {
  readonly id: string;
  readonly criterion: string;
  readonly isOfficial: boolean;
}

export interface ClaimData {
  readonly stored: Stored[];
  /** Type → code → what finds. */
  readonly examples: ReadonlyMap<string, ReadonlyMap<string, Example>>;
  /** Parameters that nothing could be made for. */
  readonly without: readonly string[];
}

/** Official examples of a type that are looked at, and how large they may be. */
const most = { files: 25, bytes: 60_000 } as const;

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));

function officialFiles(): Map<string, string[]> {
  const byType = new Map<string, string[]>();
  for (const file of readdirSync(folder).filter((name) => /^[A-Z].*\.json$/.test(name)).toSorted()) {
    const type = file.slice(0, file.indexOf('-'));
    const files = byType.get(type);
    if (files === undefined) byType.set(type, [file]);
    else if (files.length < most.files && statSync(join(folder, file)).size <= most.bytes) files.push(file);
  }
  return byType;
}

export function createClaimData(definitions: Definitions): ClaimData {
  const files = officialFiles();
  const stored: Stored[] = [];
  const without: string[] = [];
  const examples = new Map<string, Map<string, Example>>();
  for (const type of definitions.resourceTypes) {
    const found = new Map<string, Example>();
    examples.set(type, found);
    /** Keeps the resource where it has a value for a parameter that none had before. */
    const take = (text: string, isOfficial: boolean, isKept = false): void => {
      const resource = parseJson(text) as JsonObject;
      const id = textOf(resource, 'id');
      if (id === undefined || id.length > 64) return;
      let isNew = isKept;
      for (const parameter of parametersOf(type).values()) {
        if (found.has(parameter.code) || parameter.code === '_id' || parameter.code === '_lastUpdated') continue;
        const criterion = criterionFor(resource, parameter);
        if (criterion === undefined) continue;
        found.set(parameter.code, { id, criterion, isOfficial });
        isNew = true;
      }
      if (isNew) stored.push({ type, id, text });
    };
    for (const file of files.get(type) ?? []) take(readFileSync(join(folder, file), 'utf8'), true);
    take(JSON.stringify(claimedResource(type, definitions)), false, true);
    for (const parameter of definitions.searchParameters(type).filter(isTried)) {
      if (found.has(parameter.code)) continue;
      const made = resourceAt(type, parameter, `at-${parameter.code}`, definitions);
      if (made !== undefined) take(JSON.stringify(made), false);
      if (!found.has(parameter.code)) without.push(`${type} ${parameter.code}`);
    }
    found.set('_id', { id: 'claimed', criterion: 'claimed', isOfficial: false }).set('_lastUpdated', { id: 'claimed', criterion: 'ge2000', isOfficial: false });
  }
  return { stored, examples, without };
}

const isTried = (parameter: SearchParameter): boolean => supportedParameter(parameter) && parameter.code !== '_id' && parameter.code !== '_lastUpdated';

/** A resource that refers to `claimed` of another type by a parameter. */
export interface Link extends Stored {
  readonly code: string;
  readonly target: string;
}

/** @returns for each reference parameter of each type a resource for each of its targets, or for one of them */
export function createLinks(definitions: Definitions, isForAll: boolean): Link[] {
  const links: Link[] = [];
  for (const [n, type] of definitions.resourceTypes.entries()) {
    for (const [m, parameter] of definitions.searchParameters(type).filter((one) => one.type === 'reference' && supportedParameter(one)).entries()) {
      const targets = parameter.target.length === 0 ? definitions.resourceTypes : parameter.target;
      const at = (n + m) % targets.length;
      for (const target of isForAll ? targets : [...targets.slice(at), ...targets.slice(0, at)]) {
        const id = `to-${target}-${parameter.code}`.slice(0, 64);
        const made = resourceAt(type, parameter, id, definitions, { target });
        if (made === undefined) continue;
        const text = JSON.stringify(made);
        // Parameters of several types name targets that an element of one of them does not have.
        const isThere = [`"${target}/claimed"`, `/claimed/${target}"`, `"resourceType":"${target}","id":"claimed"`].some((part) => text.includes(part));
        if (isThere) links.push({ type, id, text, code: parameter.code, target });
        if (isThere && !isForAll) break;
      }
    }
  }
  return links;
}
