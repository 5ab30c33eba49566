/** Swagger UI under /docs, with a selector over the OpenAPI documents of the system and of each resource type. R4: http.html. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { systemName, type OpenApi } from '../rest/openapi.ts';
import { baseOf, type BaseSettings } from './base.ts';
import { logo, style } from './docs/theme.ts';

const path = '/docs';

/** The document that is shown first. */
const firstName = 'Patient';

/** All comes from this server, and goes to it; Swagger UI draws its icons as data. */
const contentSecurityPolicy = {
  'default-src': "'none'", 'script-src': "'self'", 'style-src': "'self' 'unsafe-inline'", 'img-src': ["'self'", 'data:'], 'font-src': "'self'",
  'connect-src': "'self'", 'form-action': "'none'", 'base-uri': "'none'", 'frame-ancestors': "'none'",
};

/** @param openApi its documents are served at /docs/openapi/Patient.json */
export async function registerDocs(server: FastifyInstance, openApi: OpenApi, settings: BaseSettings): Promise<void> {
  server.get<{ Params: { file: string } }>(`${path}/openapi/:file`, async (request, reply) => {
    const name = /^([A-Za-z]+)\.json$/.exec(request.params.file)?.[1] ?? '';
    // A path without host: the reader is where the base is, whatever name it was reached by.
    const document = openApi.document(name, new URL(baseOf(request.raw, '/fhir', settings)).pathname);
    if (document === undefined) return reply.callNotFound();
    const etag = `"${document.tag}"`;
    reply.headers({ etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' });
    if (request.headers['if-none-match']?.includes(etag) === true) return reply.code(304).send();
    return reply.type('application/json; charset=utf-8').send(document.text);
  });
  // @fastify/swagger holds one document, and knows only Fastify's routes, of which the FHIR API is one: it gets the system's as it
  // is, for /docs/json and /docs/yaml.
  const document = JSON.parse(openApi.document(systemName, '/fhir')!.text) as StaticDocumentSpec['document'];
  await server.register(swagger, { mode: 'static', specification: { document } });
  await server.register(swaggerUi, {
    routePrefix: path,
    staticCSP: contentSecurityPolicy,
    theme: { title: 'Verbatim API', css: [{ filename: 'verbatim.css', content: style }] },
    logo: { type: 'image/svg+xml', content: Buffer.from(logo) },
    uiHooks: {
      // Relative links hold only under the slash; they are relative for the sake of proxies that add a prefix.
      onRequest: async (request, reply) => {
        const [address = '', query] = request.url.split('?');
        if (address === path) return reply.redirect(`.${path}/${query === undefined ? '' : `?${query}`}`);
      },
    },
    uiConfig: {
      urls: openApi.names.map((name) => ({ name, url: `openapi/${name}.json` })),
      'urls.primaryName': firstName,
      docExpansion: 'list',
      deepLinking: true,
      displayRequestDuration: true,
      defaultModelsExpandDepth: 0,
      defaultModelExpandDepth: 2,
      showCommonExtensions: true,
    } as object,
  });
}
