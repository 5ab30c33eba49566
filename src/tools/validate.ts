/** npm run validate -- --package FILE… : validates what a server has against packages and the profiles that it has stored, before they are enforced. */
import { parseArgs } from 'node:util';
import { loadConformance } from '../fhir/conformance.ts';
import { loadDefinitions } from '../fhir/definitions.ts';
import { loadPackages } from '../packages/load.ts';
import { profilesOver } from '../validation/profiles.ts';
import { createStructureValidator } from '../validation/structure/validate.ts';
import { reportLines } from './validate/report.ts';
import { readState, saveState } from './validate/state.ts';
import { readDefinitions, validateStored } from './validate/walk.ts';

const usage = `npm run validate -- [--package FILE…] [--url http://localhost:8080/fhir] [--type Patient…] [--profile URL…] [--state validate.json]
  --package  a .tgz of the FHIR package format, or a folder of them; may be given several times
  --type     types to validate; all without it
  --profile  profiles that every resource of their type is held to, besides those that it claims
  --state    where counts and place are kept after each page: the same command goes on from there`;

function fail(message: unknown): never {
  process.stderr.write(`${message instanceof Error ? message.message : String(message)}\n`);
  process.exit(2);
}

const { values } = parseArgs({
  options: {
    package: { type: 'string', multiple: true, default: [] }, url: { type: 'string', default: 'http://localhost:8080/fhir' }, type: { type: 'string', multiple: true, default: [] },
    profile: { type: 'string', multiple: true, default: [] }, state: { type: 'string', default: 'validate.json' }, help: { type: 'boolean' },
  },
});
if (values.help === true) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}
if (!URL.canParse(values.url)) fail(`--url is "${values.url}", which is no URL`);
const base = values.url.replace(/\/+$/, '');
const definitions = loadDefinitions();
const { packages, problems, missing } = await loadPackages(values.package);
if (packages.length < values.package.length && packages.length === 0) fail(problems.join('\n'));
const profiles = profilesOver({ definitions, conformance: loadConformance(), packaged: packages.flatMap(({ resources }) => resources) })(await readDefinitions(base).catch(fail));
for (const line of [...problems, ...missing, ...profiles.compilePackaged()]) process.stderr.write(`${line}\n`);
for (const url of values.profile) {
  if (profiles.structures.definition(url) === undefined) fail(`--profile is "${url}", which is not loaded`);
}
const what = JSON.stringify([values.url, packages.map(({ name, version }) => `${name} ${version}`), values.type, values.profile]);
try {
  const state = await validateStored(readState(values.state, what), {
    base, types: values.type, asked: values.profile, profiles, structure: createStructureValidator(definitions),
    onPage: (state) => {
      saveState(values.state, state);
      if (process.stdout.isTTY) process.stdout.write(`\r${state.resources} resources, ${state.refused} refused`);
    },
  });
  process.stdout.write(`${process.stdout.isTTY ? '\n' : ''}${reportLines(state).join('\n')}\n`);
  process.exit(state.refused === 0 ? 0 : 1);
} catch (error) {
  fail(`${(error as Error).message}; what has been done is in ${values.state}, and the same command goes on from there`);
}
