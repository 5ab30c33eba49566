/** npm run generate: a synthetic population as transaction Bundles. The same seed gives the same bytes. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundleText } from './generate/bundle.ts';
import { careProviders } from './generate/care-providers.ts';
import { patientChart } from './generate/patient.ts';

const usage = `npm run generate -- --patients N --seed S --out DIR
  Writes DIR/0-care-providers.json and a file for each patient, at most 1,000 in a folder: up to 1,000 patients
  in DIR itself, more in DIR/000, DIR/001, …`;

const perFolder = 1000;

/** Writes the files one by one, so that memory does not grow with their number. */
export async function generate(patients: number, seed: string, out: string): Promise<void> {
  await mkdir(out, { recursive: true });
  const providers = careProviders(seed);
  await writeFile(join(out, '0-care-providers.json'), bundleText(providers.resources));
  for (let n = 0; n < patients; n++) {
    const folder = patients <= perFolder ? out : join(out, String(Math.floor(n / perFolder)).padStart(3, '0'));
    if (n % perFolder === 0) await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `patient-${String(n + 1).padStart(6, '0')}.json`), bundleText(patientChart(seed, n, providers)));
  }
}

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { patients: { type: 'string' }, seed: { type: 'string', default: '1' }, out: { type: 'string' }, help: { type: 'boolean' } } });
  if (values.help === true) {
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  }
  if (values.patients === undefined || values.out === undefined) fail(usage);
  if (!/^[1-9]\d{0,6}$/.test(values.patients)) fail(`--patients is "${values.patients}", which is not a number from 1 to 9999999`);
  await generate(Number(values.patients), values.seed, values.out);
}
