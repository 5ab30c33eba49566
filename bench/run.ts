/** npm run bench: the workloads of bench/README.md against this server, a peer, or any FHIR server. */
import { mkdirSync } from 'node:fs';
import { cpus, totalmem, release } from 'node:os';
import { join } from 'node:path';
import { compare } from './comparison.ts';
import { chooseData } from './data/files.ts';
import { gatePatients, judge, readThresholds } from './gate.ts';
import { loadOver } from './data/template.ts';
import { readOptions, usage, type Options } from './options.ts';
import { writeReport } from './report/report.ts';
import { terminalTable } from './report/terminal.ts';
import { merge, noResults, readResults, writeResults, type Results } from './report/results.ts';
import { openPostgres } from './target/postgres.ts';
import { configurations, hapi } from './peers/hapi/hapi.ts';
import { foreign, verbatim, type Target } from './target/target.ts';
import { chosen, workloads } from './workloads/workloads.ts';

const say = (text: string): boolean => process.stdout.write(`${text}\n`);

function fail(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

let options: Options;
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  fail(`${(error as Error).message}\n\n${usage}`);
}
if (options.help) {
  say(usage);
  process.exit(0);
}

const resultsFile = join(options.out, 'results.json');
const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
let results: Results = readResults(resultsFile);
const add = (more: Partial<Results>): void => {
  results = merge(results, { ...noResults, machine, ...more });
  writeResults(resultsFile, results);
};

if (!options.isReport) {
  const { profile, work } = options;
  mkdirSync(work, { recursive: true });
  const isQuick = profile.name === 'quick';
  const loaded = await chooseData(work, { isSmall: options.isSmall, patients: options.isGate ? gatePatients : isQuick ? 40 : 1000, replicas: options.replicas });
  if (options.grown !== undefined && (options.peers.length > 0 || options.baseUrl !== undefined)) fail('--grown is for this server alone');
  const data = options.grown === undefined ? loaded : { ...loaded, name: `${loaded.name}_grown_${options.grown}`, grown: options.grown };
  const warmUp = options.warmUp ?? (isQuick ? 2 : 30);
  const targets: Target[] = options.baseUrl !== undefined ? [foreign(options.name, options.baseUrl, warmUp)] : options.withoutOurs ? [] : [verbatim(warmUp), ...(options.isVirtual ? [verbatim(warmUp, 'virtual')] : [])];
  for (const peer of options.peers) {
    if (!(peer in configurations)) fail(`--peer is "${peer}", which is none of ${Object.keys(configurations).join(', ')}`);
    if (options.hapiWar === undefined) fail('--peer needs --hapi-war: bench/peers/hapi/README.md');
    targets.push(hapi(peer as keyof typeof configurations, { war: options.hapiWar, heap: '4g', warmUp: options.warmUp }));
  }
  const unknown = options.only?.find((id) => id !== 'floors' && !workloads.some((workload) => workload.id === id));
  if (unknown !== undefined) fail(`--only names "${unknown}"; there are ${workloads.map(({ id }) => id).join(', ')} and floors`);
  if (options.baseUrl !== undefined && !options.isLoaded) {
    say(`load of ${data.files.length} files`);
    await loadOver(options.baseUrl, data);
  }
  const postgres = options.baseUrl === undefined ? await openPostgres(join(work, 'postgres'), options.databaseUrl) : undefined;
  try {
    await compare({
      floors: options.withoutOurs || options.baseUrl !== undefined || options.only?.includes('floors') === false ? undefined : targets[0],
      targets, postgres, data, profile, work, say, isReloaded: options.isReloaded,
      workloads: chosen(options.only),
      profileKey: `${profile.name}${profile.seconds === undefined ? '' : ` ${profile.seconds} s`}${profile.clients === undefined ? '' : ` ${profile.clients.join()} clients`}`,
      isDone: (key) => !options.isAgain && results.done.includes(key),
      excluded: () => new Set(results.cases.filter((one) => one.workload === 'w0').flatMap(({ remarks = [] }) => remarks.map((remark) => remark.split(' — ')[0]!))),
      describe: ({ name, description }, software) => add({ targets: { [name]: [software, description, ...(postgres === undefined ? [] : [postgres.description])].filter((part) => part !== '').join('; ') } }),
      keep: (result) => add({ cases: [result] }),
      finish: (key) => add({ done: [key] }),
    });
  } finally {
    await postgres?.stop();
  }
}
writeReport(options.out, results);
say(`\n${terminalTable(results)}\n\n${join(options.out, 'RESULTS.md')}, ${resultsFile}`);
if (options.isGate) {
  const { lines, isPassed } = judge(results, readThresholds());
  say(lines.join('\n'));
  process.exitCode = isPassed ? 0 : 1;
}
