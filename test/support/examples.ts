/** The official R4 examples: 5,305 resources of the package hl7.fhir.r4.examples. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { isFull } from './shared.ts';

const folder = dirname(createRequire(import.meta.url).resolve('hl7.fhir.r4.examples/package.json'));

export interface Example {
  readonly file: string;
  readonly text: Buffer;
}

/** All of them. */
export const allExamples = (): Example[] =>
  readdirSync(folder)
    .filter((file) => /^[A-Z].*\.json$/.test(file))
    .toSorted()
    .map((file) => ({ file, text: readFileSync(join(folder, file)) }));

/** Every tenth, or all of them in a full run. */
export const examples = (): Example[] => allExamples().filter((_, n) => isFull || n % 10 === 0);
