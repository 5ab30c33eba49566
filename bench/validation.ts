/**
 * npx tsx bench/validation.ts [package.tgz …]: what validation costs, in microseconds of processor time a resource and a KB of its text, by type: of
 * structure, and of a package's profiles, of those that a resource claims or else of the first of them for its type. Twelve files of Synthea
 * (the generator's where they are not), the median of nine rounds behind five; what the first round takes, compiling included, is told beside.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { loadConformance } from '../src/fhir/conformance.ts';
import { loadDefinitions } from '../src/fhir/definitions.ts';
import { compactJson } from '../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../src/fhir/json/value.ts';
import { loadPackages } from '../src/packages/load.ts';
import { profilesOver } from '../src/validation/profiles.ts';
import { createStructureValidator } from '../src/validation/structure/validate.ts';
import { chooseData, readText } from './data/files.ts';

interface Sample {
  readonly type: string;
  readonly resource: JsonObject;
  readonly bytes: number;
}

const rounds = 9;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const work = join(tmpdir(), 'verbatim-validation');
mkdirSync(work, { recursive: true });
const samples = (await chooseData(work, { isSmall: false, patients: 12, replicas: 1 })).files.slice(0, 12).flatMap(samplesOf);
const bytes = samples.reduce((sum, sample) => sum + sample.bytes, 0);
say(`${samples.length} resources, ${(bytes / samples.length).toFixed(0)} bytes in the mean`);

const definitions = loadDefinitions();
const structure = createStructureValidator(definitions);
measure('structure', samples, ({ type, resource }) => structure(resource, type, false).length === 0);

const given = process.argv.slice(2);
if (given.length > 0) {
  const { packages, problems } = await loadPackages(given);
  for (const problem of problems) say(problem);
  const before = process.memoryUsage().rss;
  const began = process.cpuUsage();
  const profiles = profilesOver({ definitions, conformance: loadConformance(), packaged: packages.flatMap(({ resources }) => resources) })([]);
  for (const line of profiles.compilePackaged()) say(line);
  say(`${packages.map(({ name, version }) => `${name} ${version}`).join(', ')}: compiled in ${(spent(began) / 1e6).toFixed(2)} s; ${((process.memoryUsage().rss - before) / 2 ** 20).toFixed(0)} MB`);
  const supported = profiles.supported();
  const claimed = samples.map((sample) => ({ ...sample, resource: claiming(sample.resource, supported.get(sample.type)?.[0]) })).filter(({ resource }) => resource['meta'] !== undefined);
  measure('profiles', claimed, ({ resource }) => !profiles.validate(resource).some(({ severity }) => severity === 'error'));
}

function samplesOf(path: string): Sample[] {
  const bundle = parseJson(compactJson(Buffer.from(readText(path)))) as unknown as { readonly entry: readonly { readonly resource: JsonObject }[] };
  return bundle.entry.map(({ resource }) => ({ type: String(resource['resourceType']), resource, bytes: Buffer.byteLength(JSON.stringify(resource)) }));
}

/** With the profile, where the resource claims none. */
function claiming(resource: JsonObject, profile: string | undefined): JsonObject {
  const meta = (resource['meta'] ?? {}) as JsonObject;
  return meta['profile'] !== undefined || profile === undefined ? resource : { ...resource, meta: { ...meta, profile: [profile] } };
}

/** @returns microseconds of processor time */
function spent(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

function measure(name: string, all: readonly Sample[], isValid: (sample: Sample) => boolean): void {
  const first = process.cpuUsage();
  const refused = all.filter((sample) => !isValid(sample)).length;
  const cold = spent(first);
  for (let round = 0; round < 4; round++) for (const sample of all) isValid(sample);
  const line = (label: string, group: readonly Sample[]): number => {
    const times = Array.from({ length: rounds }, () => {
      const began = process.cpuUsage();
      for (const sample of group) isValid(sample);
      return spent(began);
    }).toSorted((a, b) => a - b);
    const median = times[rounds >> 1]!;
    say(`  ${label.padEnd(24)} ${String(group.length).padStart(6)}  ${(median / group.length).toFixed(1).padStart(7)} µs a resource  ${((median / group.reduce((sum, sample) => sum + sample.bytes, 0)) * 1000).toFixed(1).padStart(6)} µs a KB`);
    return median;
  };
  say(`${name}: ${refused} of ${all.length} refused; the first time ${(cold / all.length).toFixed(1)} µs a resource`);
  line('all', all);
  for (const type of [...new Set(all.map((sample) => sample.type))].toSorted()) line(type, all.filter((sample) => sample.type === type));
}
