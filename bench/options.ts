/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';
import { gateWorkloads } from './gate.ts';
import type { Profile } from './workloads/workload.ts';

export interface Options {
  readonly help: boolean;
  readonly profile: Profile;
  /** Ids of workloads; undefined is all. */
  readonly only: readonly string[] | undefined;
  /** A server that runs elsewhere, instead of ours. */
  readonly baseUrl: URL | undefined;
  /** What it is called in the results. */
  readonly name: string;
  /** Whether the data are loaded into that server. */
  readonly isLoaded: boolean;
  readonly databaseUrl: string | undefined;
  readonly peers: readonly string[];
  readonly hapiWar: string | undefined;
  readonly withoutOurs: boolean;
  /** Seconds; undefined is as the target has it. */
  readonly warmUp: number | undefined;
  readonly replicas: number;
  readonly grown: number | undefined;
  readonly isVirtual: boolean;
  readonly isSmall: boolean;
  readonly out: string;
  readonly work: string;
  readonly isAgain: boolean;
  readonly isReloaded: boolean;
  readonly isGate: boolean;
  readonly isReport: boolean;
}

export const usage = `npm run bench -- [options]
  --quick             everything in a few minutes, on generated data; else the full profile, which takes hours
  --only w1,w3        these workloads (floors: the floors alone)
  --seconds N         how long each case is measured
  --clients N,N       with how many clients
  --repetitions N     1 with --quick, else 3
  --warm-up N         seconds of requests before measuring; 2 with --quick, else 30, and 180 for a JVM
  --small             the generator's data, also where Synthea's are
  --replicas N        the data so many times, under new ids
  --grown N           ours alone: the loaded data copied inside Postgres until there are N resources
  --virtual           this server also with a virtual instead of a stored jsonb column, in turns
  --peer hapi         HAPI too, in turns with ours, of --hapi-war FILE; see bench/peers/hapi
  --without-ours      the peer alone
  --base-url URL      a server that runs, instead of ours; --name NAME, --loaded where it has data already
  --database-url URL  a Postgres in which databases may be created, instead of the embedded one
  --work DIR          loaded databases, kept between runs (.bench/work)
  --reload            load anew into databases that are kept
  --out DIR           results.json, RESULTS.md and plots (.bench/quick or full); what is there is kept and completed
  --again             measure what is there already anew
  --report            only write the table and the plots again
  --gate              compare with the floors, and fail below the thresholds of bench/gate.json`;

/** @throws Error in one line naming what is wrong */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false }, only: { type: 'string' }, seconds: { type: 'string' }, clients: { type: 'string' },
      repetitions: { type: 'string' }, 'warm-up': { type: 'string' }, small: { type: 'boolean', default: false }, replicas: { type: 'string', default: '1' }, grown: { type: 'string' }, virtual: { type: 'boolean', default: false }, peer: { type: 'string', default: '' }, 'hapi-war': { type: 'string' },
      'without-ours': { type: 'boolean', default: false }, 'base-url': { type: 'string' }, name: { type: 'string', default: 'server' }, loaded: { type: 'boolean', default: false },
      'database-url': { type: 'string' }, work: { type: 'string', default: '.bench/work' }, out: { type: 'string' }, again: { type: 'boolean', default: false }, reload: { type: 'boolean', default: false },
      report: { type: 'boolean', default: false }, gate: { type: 'boolean', default: false },
    },
  });
  if (values.gate) Object.assign(values, { quick: true, again: true, reload: true, only: gateWorkloads.join(), clients: '16', repetitions: values.repetitions ?? '3', out: '.bench/gate' });
  const seconds = values.seconds === undefined ? undefined : number('seconds', values.seconds);
  const clients = values.clients === undefined ? undefined : values.clients.split(',').map((one) => whole('clients', one));
  const baseUrl = values['base-url'];
  if (baseUrl !== undefined && !URL.canParse(baseUrl)) throw new Error(`--base-url is "${baseUrl}", which is no URL`);
  return {
    help: values.help,
    profile: {
      name: values.quick ? 'quick' : 'full', repetitions: values.repetitions === undefined ? (values.quick ? 1 : 3) : whole('repetitions', values.repetitions),
      ...(seconds !== undefined && { seconds }), ...(clients !== undefined && { clients }),
    },
    only: values.only?.split(','), baseUrl: baseUrl === undefined ? undefined : new URL(baseUrl), name: values.name, isLoaded: values.loaded, databaseUrl: values['database-url'],
    peers: values.peer.split(',').filter((peer) => peer !== ''), hapiWar: values['hapi-war'], withoutOurs: values['without-ours'],
    warmUp: values['warm-up'] === undefined ? undefined : number('warm-up', values['warm-up']),
    replicas: whole('replicas', values.replicas), grown: values.grown === undefined ? undefined : whole('grown', values.grown), isVirtual: values.virtual, isSmall: values.small || values.quick, out: values.out ?? `.bench/${values.quick ? 'quick' : 'full'}`, work: values.work, isAgain: values.again, isReloaded: values.reload, isGate: values.gate, isReport: values.report,
  };
}

function number(name: string, text: string): number {
  if (!/^\d+(?:\.\d+)?$/.test(text)) throw new Error(`--${name} is "${text}", which is no number of seconds`);
  return Number(text);
}

function whole(name: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} is "${text}", which is no whole number`);
  return Number(text);
}
