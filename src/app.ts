/** The server put together: definitions, database and index behind Fastify. Listens nowhere by itself. */
import Fastify, { LogController, type FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Context, Log } from './context.ts';
import type { Database } from './db/pool.ts';
import type { Definitions } from './fhir/definitions.ts';
import { createReferenceFinder } from './fhir/rewrite.ts';
import { registerAdapter, rewriteUrl, type FhirServer } from './http/adapter.ts';
import { mounts } from './http/base.ts';
import { takeBodies } from './http/body.ts';
import { answerClientError } from './http/client-error.ts';
import { registerCompression } from './http/compress.ts';
import { registerCors } from './http/cors.ts';
import { registerDocs } from './http/docs.ts';
import { registerHealth } from './http/health.ts';
import { registerLog } from './http/log.ts';
import { registerNoStore } from './http/no-store.ts';
import { createPages } from './http/pages/pages.ts';
import { registerCorrelation, requestId } from './http/request-id.ts';
import { registry } from './registry.ts';
import { createCapabilityStatement } from './rest/capability-statement.ts';
import { createDefinitionReader } from './rest/definitions.ts';
import { answered } from './rest/dry-run.ts';
import { errorResponse } from './rest/errors.ts';
import { createOpenApi } from './rest/openapi.ts';
import { createRouter } from './rest/routes.ts';
import { createSampleReader } from './sample.ts';
import { supportedParameter } from './search/supported.ts';
import { readSoftware } from './software.ts';
import { createCounter } from './store/counts.ts';
import { openIndex } from './store/index-format.ts';

export interface AppOptions {
  readonly config: Config;
  readonly db: Database;
  readonly definitions: Definitions;
  /** Origins for CORS, with `auto` decided. */
  readonly corsOrigins: readonly string[] | '*';
  /** EXPLAIN, with `auto` decided. */
  readonly explain: boolean;
  /** Where log lines go; standard output when absent. */
  readonly logStream?: { write(line: string): void };
}

/**
 * @param options `db` is migrated
 * @returns a Fastify instance that answers under /fhir
 * @throws IndexFormatMismatch where the database's index was made by other rules
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { config, db, definitions, corsOrigins, explain } = options;
  const ownBases = ownBasesOf(config);
  const index = await openIndex(db.write, { definitions, timeZone: config.timeZone, ownBases });
  const router = createRouter(registry, definitions);
  const software = readSoftware();
  const server: FastifyInstance = Fastify({
    logger: { level: config.logLevel, ...(options.logStream !== undefined && { stream: options.logStream }) },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: config.bodyLimit,
    requestTimeout: 300_000,
    keepAliveTimeout: 75_000,
    http: { maxHeaderSize: 65_536 },
    rewriteUrl,
    genReqId: requestId,
    clientErrorHandler: (error, socket) => answerClientError(server, error, socket),
  });
  const log: Log = server.log;
  const shared: Omit<Context, 'exchange'> = {
    db, definitions, index, log,
    findReferences: createReferenceFinder(definitions),
    settings: { ownBases, timeZone: config.timeZone, patchNarrative: config.patchNarrative, conditionalDelete: config.conditionalDelete, searchHandling: config.searchHandling, explain },
    capabilityStatement: createCapabilityStatement({
      registry, definitions, software, isCorsOpen: corsOrigins.length > 0, conditionalDelete: config.conditionalDelete, instantiates: config.instantiates,
    }),
    definition: createDefinitionReader(registry, definitions),
    principal: { kind: 'anonymous' },
    dispatch: (request, context) => router.match(request).handler(request, context),
  };
  const fhir: FhirServer = {
    methods: (path) => router.methods(path),
    errorResponse: (error, id) => errorResponse(error, { log, requestId: id }),
    route(request) {
      const endpoint = router.match(request);
      return { interaction: endpoint.code, respond: (exchange) => answered(endpoint, request, { ...shared, exchange }) };
    },
  };
  const pages = createPages({
    version: software.version, ownBases, definitions,
    searchCodes: (type) => definitions.searchParameters(type).filter(supportedParameter).map(({ code }) => code),
    counts: createCounter(db.search),
  });
  takeBodies(server);
  registerLog(server);
  registerCorrelation(server);
  if (config.compress) registerCompression(server);
  if (config.noStore) registerNoStore(server);
  await registerCors(server, corsOrigins);
  registerHealth(server, async () => void (await db.read.query({ text: 'select 1' })));
  await registerDocs(server, createOpenApi({ registry, definitions, software, storedSample: createSampleReader() }), config);
  registerAdapter(server, fhir, pages, config);
  return server;
}

/** Every spelling under which this server's own resources are named: references by any of them are the same. */
function ownBasesOf({ baseUrl, port }: Config): string[] {
  const roots = ['localhost', '127.0.0.1', '[::1]'].map((host) => `http://${host}:${port}`);
  const local = roots.flatMap((root) => mounts.map((mount) => root + mount));
  return baseUrl === undefined ? local : [baseUrl, ...local];
}
