/** Makes a fresh clone able to run: installs the packages that are missing, builds what is not built. Removes nothing that is there. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** @param {boolean} withTests whether the packages of the tests are needed too */
export function install(withTests) {
  requireNode();
  const missing = missingPackages(withTests);
  if (missing.length === 0) return;
  process.stdout.write(`Installing ${missing.length} packages\n`);
  // Without the tests' packages only where there are none of them: npm would remove them.
  const omit = !withTests && missingPackages(true).length > missing.length && !existsSync(join(root, 'node_modules/vitest')) ? ['--omit=dev'] : [];
  const { status } = spawnSync('npm', ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...omit], { cwd: root, stdio: 'inherit' });
  if (status !== 0) {
    process.stderr.write('npm could not install the packages\n');
    process.exit(1);
  }
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  process.stderr.write(`Verbatim needs Node 20.19 or later; this is ${process.versions.node}\n`);
  process.exit(1);
}

/** Paths of the lock file's packages that are not there in its version. */
function missingPackages(withTests) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).filter(([path, entry]) => {
    if (path === '' || (entry.dev && !withTests) || !isForThisMachine(entry)) return false;
    // Parts of optional packages for other machines, which npm leaves out with them.
    if (entry.optional && entry.dev && entry.os === undefined) return false;
    try {
      return JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')).version !== entry.version;
    } catch {
      return true;
    }
  });
}

const isForThisMachine = ({ os, cpu, libc }) =>
  (os === undefined || os.includes(process.platform)) && (cpu === undefined || cpu.includes(process.arch)) && (libc === undefined || libc.includes(libcOfThisMachine()));

const libcOfThisMachine = () => (process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc');

/** Compiles src/ to dist/ where it has changed since. */
export function build() {
  const stamp = join(root, 'dist/.built');
  const state = sourceState();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === state) return;
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--noCheck'], { cwd: root, encoding: 'utf8' });
  if (status !== 0) {
    process.stderr.write(`The build failed:\n${stdout}`);
    process.exit(1);
  }
  writeFileSync(stamp, state);
}

function sourceState() {
  const hash = createHash('sha256');
  for (const file of readdirSync(join(root, 'src'), { recursive: true }).toSorted()) {
    const { mtimeMs, size } = statSync(join(root, 'src', file));
    if (file.endsWith('.ts')) hash.update(`${file} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}
