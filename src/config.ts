/** The settings, read once from the environment; the only place that reads it. README's table is made from {@link settings}. */

export interface Config {
  readonly port: number;
  /** `localhost` listens on both loopbacks. */
  readonly host: string;
  /** Absent: the embedded Postgres. */
  readonly databaseUrl: string | undefined;
  readonly dataDir: string;
  readonly baseUrl: string | undefined;
  readonly trustProxy: boolean;
  /** `auto`: when the database is the embedded one and empty. */
  readonly loadSample: boolean | 'auto';
  readonly logLevel: string;
  /** Bytes. */
  readonly bodyLimit: number;
  readonly poolMax: number;
  readonly workers: number;
  readonly timeZone: string;
  /** Origins that browsers may call from; `*` is any; `auto`: any with the embedded Postgres, else none. */
  readonly corsOrigins: readonly string[] | '*' | 'auto';
  /** Milliseconds. */
  readonly statementTimeout: number;
  readonly requestTimeout: number;
  readonly compress: boolean;
  readonly noStore: boolean;
  readonly validation: 'off' | 'structure' | 'profile';
  readonly patchNarrative: 'remove' | 'reject' | 'keep';
  readonly conditionalDelete: 'single' | 'multiple';
  readonly referentialIntegrity: 'off' | 'warn' | 'enforce';
  readonly cascadeDelete: boolean;
  readonly historyDeletion: boolean;
  readonly purge: boolean;
  readonly historyImport: boolean;
  readonly hooks: string | undefined;
  readonly searchHandling: 'strict' | 'lenient';
  /** `auto`: with the embedded Postgres. */
  readonly explain: boolean | 'auto';
  readonly reindex: boolean;
  readonly instantiates: readonly string[];
  /** Files and folders. */
  readonly packages: readonly string[];
}

/** Every mistake in the environment, one to a line. */
export class ConfigMistakes extends Error {
  override readonly name = 'ConfigMistakes';
}

interface Setting<T> {
  readonly variable: string;
  /** As README shows it. */
  readonly byDefault: string;
  readonly meaning: string;
  readonly fallback: T;
  /** Throws a text that ends the sentence "PORT is "x", which …". */
  readonly parse: (text: string) => T;
}

const setting = <T>(variable: string, byDefault: string, fallback: NoInfer<T>, parse: (text: string) => T, meaning: string): Setting<T> =>
  ({ variable, byDefault, meaning, fallback, parse });

const fail = (reason: string): never => {
  throw new Error(reason);
};

const whole = (from: number, to: number) => (text: string): number =>
  /^\d{1,15}$/.test(text) && Number(text) >= from && Number(text) <= to ? Number(text) : fail(`is not a whole number from ${from} to ${to}`);

const yesOrNo = (text: string): boolean =>
  ['true', '1', 'yes', 'on'].includes(text.toLowerCase()) ? true : ['false', '0', 'no', 'off'].includes(text.toLowerCase()) ? false : fail('is neither true nor false');

const units: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 2 ** 10, kb: 2 ** 10, mib: 2 ** 20, mb: 2 ** 20, gib: 2 ** 30, gb: 2 ** 30 };

function size(text: string): number {
  const [, number = '', unit = ''] = /^(\d{1,9})\s*([a-z]*)$/i.exec(text) ?? [];
  const factor = number === '' ? undefined : units[unit.toLowerCase()];
  const bytes = Number(number) * (factor ?? Number.NaN);
  return bytes >= 1024 && bytes <= 2 ** 29 ? bytes : fail('is not a size from 1KiB to 512MiB');
}

const seconds = (text: string): number => whole(1, 86_400)(text) * 1000;

function httpUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') return fail('is not an http(s) URL without query');
  return text.replace(/\/+$/, '');
}

const databaseUrl = (text: string): string =>
  URL.canParse(text) && /^postgres(ql)?:$/.test(new URL(text).protocol) ? text : fail('is not a postgres:// URL');

function zone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    return fail('is not an IANA time zone');
  }
}

function origins(text: string): readonly string[] | '*' | 'auto' {
  const list = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  if (list.includes('*')) return '*';
  const wrong = list.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  return wrong === undefined ? list : fail(`names "${wrong}", which is not an origin such as https://app.example.org`);
}

function canonicals(text: string): readonly string[] {
  const list = text.split(',').map((part) => part.trim()).filter((part) => part !== '');
  const wrong = list.find((one) => !/^[a-z][a-z0-9+.-]*:[^\s|#]+(?:\|[^\s|#]+)?$/i.test(one));
  return wrong === undefined ? list : fail(`names "${wrong}", which is not a canonical such as http://example.org/CapabilityStatement/x|1.0`);
}

const paths = (text: string): readonly string[] => text.split(',').map((part) => part.trim()).filter((part) => part !== '');

const oneOf = <T extends string>(...values: readonly T[]) => (text: string): T =>
  (values as readonly string[]).includes(text) ? (text as T) : fail(`is not one of ${values.join(', ')}`);

/** One for each lane of a server. */
const leastPool = 3;

export const settings = {
  port: setting('PORT', '8080', 8080, whole(0, 65_535), 'Port of the HTTP server; 0 takes a free one'),
  host: setting('HOST', 'localhost', 'localhost', (text) => text, 'Address to listen on; `localhost` is both loopbacks, `0.0.0.0` every interface'),
  databaseUrl: setting<string | undefined>('DATABASE_URL', '', undefined, databaseUrl, 'A Postgres 18, `postgres://user:password@host:port/database`; absent: the embedded one'),
  dataDir: setting('DATA_DIR', '.data', '.data', (text) => text, 'Folder of the embedded Postgres'),
  baseUrl: setting<string | undefined>('BASE_URL', '', undefined, httpUrl, 'FHIR base in links, `https://fhir.example.org/fhir`; absent: as the request names it'),
  trustProxy: setting('TRUST_PROXY', 'false', false, yesOrNo, 'Whether X-Forwarded-Host, -Proto, -Port and -Prefix are believed'),
  loadSample: setting<boolean | 'auto'>('LOAD_SAMPLE', 'when embedded and empty', 'auto', yesOrNo, 'Whether an empty database is given the sample of `data/`'),
  logLevel: setting<string>('LOG_LEVEL', 'info', 'info', oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), 'trace, debug, info, warn, error, fatal or silent'),
  bodyLimit: setting('BODY_LIMIT', '64MiB', 64 * 2 ** 20, size, 'Largest request body, inflated'),
  poolMax: setting('DB_POOL_MAX', '20', 20, whole(leastPool, 1000), 'Connections to Postgres, of all lanes and workers together; each server opens one more for a moment to cancel a statement'),
  workers: setting('WORKERS', '1', 1, whole(1, 64), 'Server processes on the port, which share DB_POOL_MAX: at least 3 connections for each'),
  timeZone: setting('TIME_ZONE', 'UTC', 'UTC', zone, 'Zone in which dates without zone are read'),
  corsOrigins: setting<readonly string[] | '*' | 'auto'>('CORS_ORIGINS', 'any when embedded, else none', 'auto', origins, 'Origins that browsers may call from, with commas between; `*` is any'),
  statementTimeout: setting('STATEMENT_TIMEOUT', '30', 30_000, seconds, 'Seconds that a statement may take in Postgres'),
  compress: setting('COMPRESS', 'off', false, yesOrNo, 'Whether answers are compressed for clients that take gzip; a proxy does it better'),
  noStore: setting('NO_STORE', 'false', false, yesOrNo, 'Whether answers forbid clients to keep a copy; else they may, and ask before they use it'),
  requestTimeout: setting('REQUEST_TIMEOUT', '120', 120_000, seconds, 'Seconds that a request may take'),
  validation: setting('VALIDATION', 'structure', 'structure', oneOf<Config['validation']>('off', 'structure', 'profile'), 'What is asked of resources before they are stored: `structure`, that they are R4\'s; `profile`, also what the profiles ask that they claim; `off`, nothing'),
  patchNarrative: setting('PATCH_NARRATIVE', 'remove', 'remove', oneOf<Config['patchNarrative']>('remove', 'reject', 'keep'), 'What becomes of a narrative that a PATCH does not touch: `remove` takes a generated one away and refuses the PATCH for others, `reject` refuses it for any, `keep` leaves all'),
  conditionalDelete: setting('CONDITIONAL_DELETE', 'single', 'single', oneOf<Config['conditionalDelete']>('single', 'multiple'), 'Whether a conditional DELETE takes one match only, or all'),
  referentialIntegrity: setting('REFERENTIAL_INTEGRITY', 'off', 'off', oneOf<Config['referentialIntegrity']>('off', 'warn', 'enforce'), 'What becomes of references to what is not here, and of deletions of what is referred to: `enforce` refuses them, `warn` says so in the answer'),
  cascadeDelete: setting('CASCADE_DELETE', 'false', false, yesOrNo, 'Whether `_cascade=delete` on a DELETE takes with it what refers to the resource'),
  historyDeletion: setting('HISTORY_DELETION', 'false', false, yesOrNo, 'Whether `DELETE [type]/[id]/_history`, and of one version, erases superseded versions'),
  purge: setting('PURGE', 'false', false, yesOrNo, 'Whether `$purge` erases a resource with all of its versions'),
  historyImport: setting('HISTORY_IMPORT', 'false', false, yesOrNo, 'Whether a Bundle of type history that is POSTed to the base is kept, with the numbers and times of its versions'),
  hooks: setting<string | undefined>('HOOKS', '', undefined, (text) => text, 'A module whose default export has hooks: `authorise`, `beforeCommit`, `afterCommit`; see `examples/hooks.mjs`'),
  searchHandling: setting('SEARCH_HANDLING', 'strict', 'strict', oneOf<Config['searchHandling']>('strict', 'lenient'), 'Whether unknown search parameters are refused, or ignored with a warning; `Prefer: handling` outranks it'),
  explain: setting<boolean | 'auto'>('EXPLAIN', 'when embedded', 'auto', yesOrNo, 'Whether a search with `-explain=true` is answered with its query, SQL and plans'),
  reindex: setting('REINDEX', 'off', false, yesOrNo, 'Whether a search index that was made by other rules (another TIME_ZONE, an older version) is made anew; else the server does not start with it'),
  packages: setting<readonly string[]>('PACKAGES', '', [], paths, 'FHIR packages whose profiles, terminology and search parameters are loaded: `.tgz` files, or folders of them, with commas between; the same for all servers of a database'),
  instantiates: setting<readonly string[]>('INSTANTIATES', '', [], canonicals, 'CapabilityStatements of others that this server meets, canonicals with commas between'),
} satisfies { readonly [K in keyof Config]: Setting<Config[K]> };

/**
 * @param environment such as process.env; empty values count as absent
 * @throws ConfigMistakes naming every bad variable
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const mistakes: string[] = [];
  const read = ([key, { variable, fallback, parse }]: [string, Setting<unknown>]): [string, unknown] => {
    const text = environment[variable];
    if (text === undefined || text === '') return [key, fallback];
    try {
      return [key, parse(text)];
    } catch (error) {
      mistakes.push(`${variable} is "${variable === 'DATABASE_URL' ? '…' : text}", which ${(error as Error).message}`);
      return [key, fallback];
    }
  };
  const config = Object.fromEntries((Object.entries(settings) as [string, Setting<unknown>][]).map(read)) as unknown as Config;
  const connections = leastPool * config.workers;
  if (config.poolMax < connections) mistakes.push(`WORKERS is "${config.workers}", which asks for a DB_POOL_MAX of at least ${connections}`);
  if (mistakes.length > 0) throw new ConfigMistakes(mistakes.join('\n'));
  return config;
}

/** @returns README's table of settings in Markdown */
export const settingsTable = (): string =>
  ['| Variable | Default | Meaning |', '|---|---|---|',
    ...Object.values(settings).map(({ variable, byDefault, meaning }) => `| \`${variable}\` | ${byDefault} | ${meaning} |`)].join('\n');
