/** The OpenAPI documents: valid, of all that the registry has, and of nothing else. OpenAPI 3.1.1; R4: http.html. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { registry } from '../../src/registry.ts';
import { defineInteraction, defineOperation, type Endpoint, type InteractionCode } from '../../src/rest/endpoint.ts';
import { createOpenApi, systemName } from '../../src/rest/openapi.ts';
import { routesOf, type Route } from '../../src/rest/routes.ts';
import { createSampleReader } from '../../src/sample.ts';
import { supportedModifiers, supportedParameter } from '../../src/search/supported.ts';

const definitions = loadDefinitions();
const openApiOf = (endpoints: readonly Endpoint[]) =>
  createOpenApi({ registry: endpoints, definitions, software: { version: '1.2.3' }, storedSample: createSampleReader() });
const openApi = openApiOf(registry);
const documentOf = (name: string, made = openApi): any => JSON.parse(made.document(name, '/fhir')!.text);
const documents = new Map(openApi.names.map((name) => [name, documentOf(name)]));
const patient = documents.get('Patient');

/** Every operation of a document, references to parameters followed. */
function operations(document: any): { path: string; method: string; operation: any; parameters: any[] }[] {
  return Object.entries<any>(document.paths).flatMap(([path, methods]) => Object.entries<any>(methods).map(([method, operation]) => ({
    path, method: method.toUpperCase(), operation,
    parameters: operation.parameters.map(({ $ref }: { $ref: string }) => document.components.parameters[$ref.split('/').at(-1)!]),
  })));
}
const operation = (document: any, method: string, path: string) => operations(document).find((one) => one.method === method && one.path === path)!;
const names = (parameters: any[], place: string): string[] => parameters.filter((one) => one.in === place).map(({ name }) => name);

describe('the documents', () => {
  it('are one for the system and one for each resource type', () => {
    expect(openApi.names).toEqual([systemName, ...definitions.resourceTypes]);
    expect(openApi.names).toHaveLength(147);
    expect(openApi.document('Nonsense', '/fhir')).toBeUndefined();
    expect(openApi.document('__proto__', '/fhir')).toBeUndefined();
  });

  it('are valid OpenAPI 3.1, and small', { timeout: 120_000 }, async () => {
    const validator = new Validator();
    for (const [name, document] of documents) {
      const { valid, errors } = await validator.validate(structuredClone(document));
      expect(valid, `${name}: ${JSON.stringify(errors)}`).toBe(true);
      expect(validator.version, name).toBe('3.1');
      expect(JSON.stringify(document).length, name).toBeLessThan(100_000);
    }
  });

  it('have every endpoint of the registry with its methods, and no other', () => {
    const routes = registry.flatMap((endpoint) => routesOf(endpoint).map((route) => ({ ...route, isFor: endpoint.kind === 'interaction' ? endpoint.isFor : undefined })));
    const requestsOf = ({ method, path }: Route, type: string): string[] => method.map((one) => `${one} ${path.replace(':type', type).replaceAll(/:(\w+)/g, '{$1}')}`);
    const unseen = new Set(routes);
    for (const [name, document] of documents) {
      const found = operations(document).map(({ method, path }) => `${method} ${path}`);
      const theirs = routes.filter((route) => requestsOf(route, name).every((request) => found.includes(request)));
      expect(theirs.flatMap((route) => requestsOf(route, name)).toSorted(), name).toEqual(found.toSorted());
      for (const route of theirs) unseen.delete(route);
      if (name !== systemName) expect(theirs, name).toEqual(expect.arrayContaining(routes.filter(({ path, isFor }) => path.includes(':type') && isFor?.(name, definitions) !== false)));
    }
    expect([...unseen]).toEqual([]);
  });

  it('refer to nothing that they do not have, and have nothing that is not referred to', () => {
    for (const [name, document] of documents) {
      const references = new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)].map(([, kind, key]) => `${kind}/${key}`));
      const there = Object.entries<object>(document.components).flatMap(([kind, members]) => Object.keys(members).map((key) => `${kind}/${key}`));
      expect([...references].toSorted(), name).toEqual(there.toSorted());
    }
  });

  it('name each operation once, and each has a summary, a tag that is listed and a default response', () => {
    for (const [name, document] of documents) {
      const all = operations(document);
      expect(new Set(all.map((one) => one.operation.operationId)).size, name).toBe(all.length);
      for (const one of all) {
        expect(one.operation.summary, `${name} ${one.method} ${one.path}: its file says nothing of it`).toMatch(/^[A-Z][^.]+$/);
        expect(document.tags.map((tag: any) => tag.name)).toEqual(expect.arrayContaining(one.operation.tags));
        expect(Object.keys(one.operation.responses)).toEqual(expect.arrayContaining([expect.stringMatching(/^2/), '400', 'default']));
      }
    }
  });

  it('are kept: the same text and tag, and another for another base', () => {
    expect(openApi.document('Patient', '/fhir')).toBe(openApi.document('Patient', '/fhir'));
    const elsewhere = openApi.document('Patient', '/prefix/fhir')!;
    expect(JSON.parse(elsewhere.text).servers).toEqual([{ url: '/prefix/fhir' }]);
    expect(elsewhere.tag).not.toBe(openApi.document('Patient', '/fhir')!.tag);
    for (let n = 0; n < 20; n++) openApi.document('Patient', `/${n}/fhir`);
    expect(openApi.document('Patient', '/fhir')!.text).toBe(JSON.stringify(patient));
  });
});

describe('a search', () => {
  it('has every supported search parameter, as an array, with its type, form and modifiers', () => {
    for (const type of definitions.resourceTypes) {
      const { parameters } = operation(documents.get(type), 'GET', `/${type}`);
      const form = operation(documents.get(type), 'POST', `/${type}/_search`).operation.requestBody.content['application/x-www-form-urlencoded'];
      const supported = definitions.searchParameters(type).filter(supportedParameter);
      expect(Object.keys(form.schema.properties).toSorted(), type).toEqual(supported.map(({ code }) => code).toSorted());
      for (const definition of supported) {
        const found = parameters.find(({ name }) => name === definition.code);
        expect(found, `${type} ${definition.code}`).toMatchObject({ in: 'query', style: 'form', explode: true, schema: { type: 'array', items: { type: 'string' } } });
        expect(found.description).toMatch(new RegExp(`^\\*\\*${definition.type}\\*\\*: .`));
        for (const modifier of supportedModifiers(definition, definitions, [type])) expect(found.description).toContain(`:${modifier}`);
        expect(form.encoding[definition.code]).toEqual({ style: 'form', explode: true });
      }
    }
  });

  it('has result parameters, and one free-form parameter for names with modifiers', () => {
    const { parameters } = operation(patient, 'GET', '/Patient');
    const query = names(parameters, 'query');
    expect(query).toEqual(expect.arrayContaining(['_count', '_total', '_sort', '_include', '_revinclude', '_summary', '_elements', '_format', '_pretty', '-page', 'further']));
    expect(parameters.filter(({ schema }) => schema.type === 'object')).toEqual([expect.objectContaining({
      name: 'further', style: 'form', explode: true, example: {}, schema: { type: 'object', additionalProperties: { type: 'string' } },
    })]);
    expect(parameters.find(({ name }) => name === '_count').schema).toMatchObject({ type: 'integer', minimum: 0 });
    expect(parameters.find(({ name }) => name === '_elements')).toMatchObject({ explode: false, schema: { type: 'array' } });
    expect(names(parameters, 'header')).toEqual(['If-None-Match', 'Prefer']);
  });
});

describe('a search of several types', () => {
  const common = ['_id', '_lastUpdated', '_profile', '_security', '_source', '_tag'];

  it('has the parameters that all types have', () => {
    const system = operation(documents.get(systemName), 'GET', '/');
    expect(names(system.parameters, 'query')).toEqual(expect.arrayContaining([...common, '_type', 'further']));
    const form = operation(documents.get(systemName), 'POST', '/_search').operation.requestBody.content['application/x-www-form-urlencoded'];
    expect(Object.keys(form.schema.properties)).toEqual(common);
  });

  it('in a compartment is there for the types that have one, and names what can be in it', () => {
    const having = definitions.resourceTypes.filter((type) => `/${type}/{id}/{member}` in documents.get(type).paths);
    expect(having).toEqual([...definitions.compartments.keys()].toSorted());
    const { parameters } = operation(patient, 'GET', '/Patient/{id}/{member}');
    expect(parameters.find(({ name }) => name === 'member').schema.enum).toEqual(['*', ...definitions.compartments.get('Patient')!.keys()]);
    expect(names(parameters, 'query')).toEqual(expect.arrayContaining(common));
    expect(names(parameters, 'query')).not.toContain('birthdate');
  });
});

describe('an operation', () => {
  const cases: readonly [method: string, path: string, headers: readonly string[], statuses: readonly string[]][] = [
    ['GET', '/Patient/{id}', ['If-None-Match', 'If-Modified-Since'], ['200', '304', '400', '404', '406', '410', 'default']],
    ['GET', '/Patient/{id}/_history/{vid}', ['If-None-Match', 'If-Modified-Since'], ['200', '304', '400', '404', '406', '410', 'default']],
    ['PUT', '/Patient/{id}', ['If-Match', 'If-None-Match', 'Prefer'], ['200', '201', '400', '406', '412', '413', '415', '422', 'default']],
    ['POST', '/Patient', ['If-None-Exist', 'Prefer'], ['200', '201', '400', '406', '412', '413', '415', '422', 'default']],
    ['DELETE', '/Patient/{id}', ['If-Match', 'Prefer'], ['200', '204', '400', '406', '412', 'default']],
    ['GET', '/Patient/{id}/_history', [], ['200', '400', '404', '406', 'default']],
    ['GET', '/Patient', ['Prefer'], ['200', '400', '406', 'default']],
  ];
  it.each(cases)('%s %s has its headers and statuses', (method, path, headers, statuses) => {
    const { parameters, operation: found } = operation(patient, method, path);
    expect(names(parameters, 'header')).toEqual(expect.arrayContaining([...headers]));
    expect(Object.keys(found.responses).toSorted()).toEqual(expect.arrayContaining([...statuses]));
    for (const name of names(parameters, 'path')) expect(path).toContain(`{${name}}`);
  });

  it('answers with a resource, a Bundle or an outcome, each with an example', () => {
    const contentOf = (response: any): any => response.content['application/fhir+json'];
    expect(contentOf(operation(patient, 'GET', '/Patient/{id}').operation.responses['200']).schema.$ref).toBe('#/components/schemas/Patient');
    expect(contentOf(operation(patient, 'GET', '/Patient').operation.responses['200']).example).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(contentOf(patient.components.responses['status-400']).schema.$ref).toBe('#/components/schemas/OperationOutcome');
    expect(operation(patient, 'HEAD', '/Patient/{id}').operation.responses['200'].content).toBeUndefined();
    for (const schema of Object.values<any>(patient.components.schemas)) expect(schema.examples[0].resourceType).toBe(schema.properties.resourceType.const);
  });

  it('has a sample of the sample data where there is one: reading it works on a fresh server', () => {
    const { parameters } = operation(patient, 'GET', '/Patient/{id}');
    const put = operation(patient, 'PUT', '/Patient/{id}').operation.requestBody.content['application/fhir+json'].example;
    const post = operation(patient, 'POST', '/Patient').operation.requestBody.content['application/fhir+json'].example;
    expect(put).toEqual({ ...createSampleReader()('Patient') });
    expect(parameters.find(({ name }) => name === 'id').example).toBe(put.id);
    expect(post).toEqual({ ...put, id: undefined });
    expect(createSampleReader('/nowhere')('Patient')).toBeUndefined();
  });
});

describe('an endpoint that OpenAPI knows nothing of', () => {
  const handler: Endpoint['handler'] = async () => ({ status: 200, headers: {} });
  const unknown = (code: string, method: Route['method'], path: string): Endpoint => defineInteraction({ code: code as InteractionCode, method, path, handler });
  const extended = openApiOf([
    ...registry,
    unknown('patch', ['PATCH'], '/:type/:id'), unknown('update', ['PUT'], '/:type'), unknown('search-compartment', ['GET'], '/:compartment/:id/:type'),
unknown('everything', ['GET', 'POST'], '/Patient/:id/$everything'), unknown('ping', ['GET'], '/$ping'),
    defineOperation({
      resourceType: 'OperationDefinition', url: 'http://example.org/OperationDefinition/try', name: 'Try', title: 'Try it', code: 'try', affectsState: false,
      resource: ['Patient', 'Group'], system: true, type: true, instance: false, parameter: [
        { name: 'from', use: 'in', min: 0, max: '1', type: 'date', documentation: 'Since when' }, { name: 'kind', use: 'in', min: 0, max: '*', type: 'code' },
        { name: 'start', use: 'in', min: 1, max: '1', type: 'instant' }, { name: 'thing', use: 'in', min: 0, max: '1', type: 'Resource' },
        { name: 'pair', use: 'in', min: 0, max: '1', part: [{ name: 'left', use: 'in', min: 1, max: '1', type: 'Coding' }] },
        { name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome' },
      ],
    }, async () => ({ status: 200, headers: {} })),
  ]);

  it('is shown, with its variables, in the document that it belongs to', async () => {
    const shown = (name: string): string[] => operations(documentOf(name, extended)).map(({ method, path }) => `${method} ${path}`);
    expect(shown('Patient')).toEqual(expect.arrayContaining([
      'PATCH /Patient/{id}', 'PUT /Patient', 'GET /{compartment}/{id}/Patient', 'GET /Patient/{id}/$everything', 'POST /Patient/{id}/$everything',
    ]));
    expect(shown('Observation')).toContain('GET /{compartment}/{id}/Observation');
    expect(shown('Observation').join(' ')).not.toContain('$everything');
    expect(shown(systemName)).toEqual(expect.arrayContaining(['GET /', 'GET /$ping', 'POST /', 'GET /$try']));
    for (const name of ['Patient', systemName]) {
      const document = documentOf(name, extended);
      expect((await new Validator().validate(structuredClone(document))).valid).toBe(true);
      const ids = operations(document).map((one) => one.operation.operationId);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(operation(documentOf('Patient', extended), 'PATCH', '/Patient/{id}').operation).toMatchObject({ summary: 'patch', requestBody: { content: { 'application/fhir+json': {} } } });
  });

  it('that is an operation is shown by its definition: a query for GET, a Parameters body for POST', () => {
    const document = documentOf('Group', extended);
    const byQuery = operation(document, 'GET', '/Group/$try');
    expect(byQuery.operation).toMatchObject({ summary: 'Try it', tags: ['Operations'], operationId: 'try' });
    expect(byQuery.operation.requestBody).toBeUndefined();
    expect(byQuery.parameters.map(({ name }) => name)).toEqual(['from', 'kind', 'start', '_format', '_pretty']);
    expect(byQuery.parameters[0]).toMatchObject({ description: 'Since when', schema: { type: 'string' } });
    expect(byQuery.parameters[1]).toMatchObject({ explode: true, schema: { type: 'array' } });
    const { requestBody, responses } = operation(document, 'POST', '/Group/$try').operation;
    expect(requestBody.content['application/fhir+json'].example).toEqual({ resourceType: 'Parameters', parameter: [{ name: 'start', valueInstant: '2026-01-15T09:30:00Z' }] });
    expect(responses['200'].content['application/fhir+json'].schema.$ref).toBe('#/components/schemas/OperationOutcome');
    expect(operations(documentOf('Observation', extended)).map(({ path }) => path).join(' ')).not.toContain('$try');
  });
});
