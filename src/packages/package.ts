/** FHIR packages: what a `.tgz` of the FHIR package format holds. Format: packages.fhir.org's NPM Package Specification. */
import { tarFiles, tarLimits, type TarLimits } from './tar.ts';

export interface FhirPackage {
  readonly name: string;
  readonly version: string;
  /** Versions of the packages that it is built on, by name. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** The conformance resources of the package; its examples are not among them. */
  readonly resources: readonly PackageResource[];
  /** Files that are no resources, with what is wrong. */
  readonly problems: readonly string[];
}

export interface PackageResource {
  readonly resourceType: string;
  readonly id?: string;
  readonly url?: string;
  readonly [element: string]: unknown;
}

const isInPackage = (name: string): boolean => /^package\/[^/.][^/]*\.json$/.test(name);

/**
 * @param archive the bytes of a `.tgz`
 * @param wanted which files are read: by default those of the folder `package`, as the format says
 * @throws Error where the archive cannot be read or has no usable `package/package.json`
 */
export async function readPackage(
  archive: Uint8Array, { wanted = isInPackage, limits = tarLimits }: { wanted?: (name: string) => boolean; limits?: TarLimits } = {},
): Promise<FhirPackage> {
  let manifest: Record<string, unknown> | undefined;
  const resources: PackageResource[] = [];
  const problems: string[] = [];
  for await (const { name, bytes } of tarFiles(archive, (file) => file === 'package/package.json' || wanted(file), limits)) {
    const value = jsonOf(bytes);
    if (name === 'package/package.json') manifest = value as Record<string, unknown> | undefined;
    else if (value === undefined) problems.push(`${name} is no JSON object`);
    else if (typeof value['resourceType'] === 'string') resources.push(value as PackageResource);
  }
  const { name, version, dependencies } = manifest ?? {};
  if (typeof name !== 'string' || typeof version !== 'string') throw new Error('it has no package/package.json with name and version');
  return { name, version, dependencies: stringsOf(dependencies), resources, problems };
}

/** @returns undefined where it is no object in JSON; a byte order mark is passed over */
function jsonOf(bytes: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const stringsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(typeof value === 'object' && value !== null ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
