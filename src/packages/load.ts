/** The packages that a server is given: files, or folders of them. What is wrong with one is said, and the others are loaded. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readPackage, type FhirPackage } from './package.ts';

export interface LoadedPackages {
  readonly packages: readonly FhirPackage[];
  /** One line each: what could not be read, or is left out. */
  readonly problems: readonly string[];
  /** One line each: packages that others are built on and that are not there. */
  readonly missing: readonly string[];
}

/** What is there without being loaded. */
const builtIn = new Set(['hl7.fhir.r4.core']);

/** @param paths `.tgz` files, and folders whose `.tgz` files are meant */
export async function loadPackages(paths: readonly string[]): Promise<LoadedPackages> {
  const packages: FhirPackage[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    for (const file of await filesOf(path, problems)) {
      try {
        const one = await readPackage(await readFile(file));
        problems.push(...one.problems.map((problem) => `package ${one.name}: ${problem}`));
        const same = packages.find(({ name }) => name === one.name);
        if (same === undefined) packages.push(one);
        else problems.push(`package ${one.name} ${one.version} (${basename(file)}) is left out, since ${same.version} is loaded`);
      } catch (error) {
        problems.push(`package ${file}: ${(error as Error).message}`);
      }
    }
  }
  const absent: string[] = [];
  const names = new Set([...builtIn, ...packages.map(({ name }) => name)]);
  for (const { name, dependencies } of packages) {
    const missing = Object.entries(dependencies).filter(([dependency]) => !names.has(dependency)).map((entry) => entry.join(' '));
    if (missing.length > 0) absent.push(`package ${name} is built on packages that are not there: ${missing.join(', ')}`);
  }
  return { packages, problems, missing: absent };
}

async function filesOf(path: string, problems: string[]): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    return (await readdir(path)).filter((name) => /\.t(?:ar\.)?gz$/.test(name)).toSorted().map((name) => join(path, name));
  } catch (error) {
    problems.push(`package ${path}: ${(error as Error).message}`);
    return [];
  }
}
