/** The server put together: definitions, database and index behind Fastify. Listens nowhere by itself. */
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Log, RestSettings } from './context.ts';
import type { Database } from './db/pool.ts';
import { derive, type Derived } from './derived.ts';
import { createRespond } from './dispatch.ts';
import type { JsonObject } from './fhir/json/value.ts';
import { loadConformance } from './fhir/conformance.ts';
import type { Definitions } from './fhir/definitions.ts';
import { transient } from './fhir/outcome.ts';
import { registerAdapter, rewriteUrl, type FhirServer } from './http/adapter.ts';
import { mounts } from './http/base.ts';
import { takeBodies } from './http/body.ts';
import { answerClientError } from './http/client-error.ts';
import { registerCompression } from './http/compress.ts';
import { registerCors } from './http/cors.ts';
import { registerDocs } from './http/docs.ts';
import { registerExpectations } from './http/expectation.ts';
import { registerHealth } from './http/health.ts';
import { registerLog } from './http/log.ts';
import { registerNoStore } from './http/no-store.ts';
import { createPages } from './http/pages/pages.ts';
import { registerCorrelation, requestId } from './http/request-id.ts';
import type { Hooks } from './hooks.ts';
import { createInUse } from './in-use.ts';
import { startWorker, type JobKind } from './jobs/worker.ts';
import { loadPackages } from './packages/load.ts';
import { errorResponse } from './rest/errors.ts';
import { createSampleReader } from './sample.ts';
import { supportedParameter } from './search/supported.ts';
import { createWholeRecordReader } from './search/whole-record.ts';
import { readSoftware } from './software.ts';
import { noConformance, readConformance } from './store/conformance.ts';
import { createCounter } from './store/counts.ts';
import { readVersion } from './store/definitions-lock.ts';
import { createGroupCommit } from './store/group-commit.ts';
import { createHorizon } from './store/horizon.ts';
import { IndexFormatMismatch, openIndex, rebuildIndex } from './store/index-format.ts';
import { usePackaged } from './store/packaged-parameters.ts';
import { reindexJob, reindexKind } from './store/reindex-job.ts';
import { createRids } from './store/rids.ts';
import { validateStoredKind, walkJob, type WalkInput } from './store/walk-job.ts';
import { addResource, impactFrom, impactParameters } from './validation/impact.ts';
import { createStructureValidator } from './validation/structure/validate.ts';
import { profilesOver } from './validation/profiles.ts';

export interface AppOptions {
  readonly config: Config;
  readonly db: Database;
  /** Those that the server brings along; posted ones are in the database. */
  readonly definitions: Definitions;
  /** Origins for CORS, with `auto` decided. */
  readonly corsOrigins: readonly string[] | '*';
  /** EXPLAIN, with `auto` decided. */
  readonly explain: boolean;
  /** Of the module that HOOKS names. */
  readonly hooks?: Hooks;
  /** Where log lines go; standard output when absent. */
  readonly logStream?: { write(line: string): void };
}

/**
 * @param options `db` is migrated
 * @returns a Fastify instance that answers under /fhir
 * @throws IndexFormatMismatch where the database's index was made by other rules
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, db, corsOrigins, explain } = options;
  const ownBases = ownBasesOf(config);
  const software = readSoftware();
  const storedSample = createSampleReader();
  const loaded = await loadPackages(config.packages);
  const resources = loaded.packages.flatMap((one) => one.resources);
  const packaged = new Map(resources.map((one) => [`${one.resourceType}/${one.id}`, one]));
  const profilesWith = profilesOver({ definitions: options.definitions, conformance: loadConformance(), packaged: resources });
  const settings: RestSettings = { ownBases, timeZone: config.timeZone, patchNarrative: config.patchNarrative, conditionalDelete: config.conditionalDelete, referentialIntegrity: config.referentialIntegrity, cascadeDelete: config.cascadeDelete, historyImport: config.historyImport, searchHandling: config.searchHandling, explain };
  const indexOptions = { definitions: options.definitions, timeZone: config.timeZone, ownBases };
  // Not by the lane of writes: all of it may wait for who reads the definitions.
  const read = async (before?: Derived): Promise<Derived> => {
    const index = await openIndex(db.read, indexOptions, before?.context.index);
    // Behind the version that they are to be of: they may be newer, which is then found out as any change is.
    const stored = await readConformance(db.read, before?.stored ?? noConformance);
    return derive({ index, stored, profiles: stored === before?.stored ? before.context.profiles : profilesWith(stored.resources) }, {
      software, storedSample, isCorsOpen: corsOrigins.length > 0, settings, instantiates: config.instantiates,
      parts: { historyDeletion: config.historyDeletion, purge: config.purge, usCore: loaded.packages.some(({ name }) => name === 'hl7.fhir.us.core') },
      packaged: (type, id) => packaged.get(`${type}/${id}`),
    });
  };
  await rebuildIndex(db.write, indexOptions, config.reindex);
  const parameterProblems = await usePackaged(db.write, resources as JsonObject[], indexOptions);
  const first = await read();
  const server: FastifyInstance = Fastify({
    logger: { level: config.logLevel, ...(options.logStream !== undefined && { stream: options.logStream }) },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimit,
    requestTimeout: 300_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: 65_536 },
    rewriteUrl,
    genReqId: requestId,
    // What Fastify refuses before it looks for a route.
    frameworkErrors: (error, request, reply) => void server.errorHandler(error, request, reply),
    clientErrorHandler: (error, socket) => answerClientError(server, error, socket),
  });
  const log: Log = server.log;
  for (const missing of loaded.missing) log.warn({ missing }, 'a package is built on others that are not loaded');
  for (const problem of [...loaded.problems, ...parameterProblems, ...first.context.profiles.compilePackaged()]) log.error({ problem }, 'a package, or a definition of it, cannot be used as it is');
  const { rebuild } = first.context.index;
  if (rebuild !== undefined) log.warn({ job: rebuild }, 'the search index is made anew; until then what is stored can be read by id alone');
  let isOutdated = false;
  const inUse = createInUse({
    first, read, versionOf: ({ context }) => context.index.version, readVersion: () => readVersion(db.read), interval: 1_000,
    failed(error) {
      if (isOutdated) return;
      if (!(error instanceof IndexFormatMismatch)) return log.warn({ error: String(error) }, 'the definitions could not be read');
      isOutdated = true;
      log.error({ error: error.message }, 'another server makes the search index anew by other rules: this one answers no more, and is to be stopped');
      void stopWorkers();
    },
  });
  const structure = createStructureValidator(options.definitions);
  const kinds: Readonly<Record<string, JobKind>> = {
    [reindexKind]: reindexJob({ db: db.write, index: () => inUse.current().context.index, refresh: inUse.refresh }),
    [validateStoredKind]: walkJob({
      db, begin: impactFrom, result: impactParameters,
      look: async ({ profile }: WalkInput & { readonly profile: readonly string[] }) => {
        const { profiles } = (await inUse.refresh()).context;
        return (impact, resource) => addResource(impact, resource, { profiles, structure, asked: profile });
      },
    }),
  };
  // One for each kind: searches wait for a reindex, and it must not wait for a validation.
  const workers = Object.entries(kinds).map(([kind, carryOut]) => startWorker({ db: db.write, log, kinds: { [kind]: carryOut } }));
  const stopWorkers = async (): Promise<void> => void (await Promise.all(workers.map((worker) => worker.stop())));
  server.addHook('onClose', async () => {
    inUse.stop();
    await stopWorkers();
  });
  const rids = createRids(db.write);
  const shared = {
    db, log, rids, groupCommit: createGroupCommit(db.write, rids), wholeRecord: createWholeRecordReader(), horizon: createHorizon(db.read), hooks: options.hooks ?? {}, validation: { mode: config.validation, structure }, principal: { kind: 'anonymous' },
    settings,
  } as const;
  const respond = createRespond(inUse, shared);
  const fhir: FhirServer = {
    methods: (path) => inUse.current().router.methods(path),
    errorResponse: (error, id) => errorResponse(error, { log, requestId: id }),
    route(request) {
      if (isOutdated) throw transient('The search index is made by other rules than this server has');
      const { code } = inUse.current().router.match(request);
      return { interaction: code, respond: (exchange) => respond(request, exchange) };
    },
  };
  const pages = createPages({
    version: software.version, ownBases,
    // Types and compartments are R4's, whatever is posted.
    definitions: first.context.definitions,
    searchCodes: (type) => inUse.current().context.definitions.searchParameters(type).filter(supportedParameter).map(({ code }) => code),
    counts: createCounter(db.search),
  });
  takeBodies(server);
  registerExpectations(server);
  registerLog(server);
  registerCorrelation(server);
  if (config.compress) registerCompression(server);
  if (config.noStore) registerNoStore(server);
  await registerCors(server, corsOrigins);
  registerHealth(server, async () => {
    if (isOutdated || inUse.current().context.index.rebuild !== undefined) throw new Error('the search index is made anew');
    await db.read.query({ text: 'select 1' });
  });
  await registerDocs(server, { names: first.openApi.names, document: (name, at) => inUse.current().openApi.document(name, at) }, config);
  registerAdapter(server, fhir, pages, config);
  return server;
}

/** Every spelling under which this server's own resources are named: references by any of them are the same. */
function ownBasesOf({ baseUrl, port }: Config): string[] {
  const roots = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`);
  const local = roots.flatMap((root) => mounts.map((mount) => root + mount));
  return baseUrl === undefined ? local : [baseUrl, ...local];
}
