/** The input of an operation, by query, by Parameters and by a bare resource, and what is refused. R4: operations.html#executing, parameters.html. */
import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/context.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { defineOperation, type FhirRequest, type Operation, type OperationSource, type Parameters } from '../../src/rest/endpoint.ts';
import { createRouter, routesOf } from '../../src/rest/routes.ts';

const definitions = loadDefinitions();
const facts = {
  resourceType: 'OperationDefinition', url: 'http://example.org/OperationDefinition/try', name: 'Try', affectsState: false, code: 'try', resource: ['Patient', 'Group'], system: true, type: true, instance: true,
} as const satisfies Partial<OperationSource>;

const all = defineOperation({
  ...facts,
  parameter: [
    { name: 'start', use: 'in', min: 0, max: '1', type: 'date' }, { name: '_type', use: 'in', min: 0, max: '*', type: 'code' }, { name: 'count', use: 'in', min: 0, max: '1', type: 'positiveInt' },
    { name: 'flag', use: 'in', min: 0, max: '1', type: 'boolean' }, { name: 'at', use: 'in', min: 0, max: '1', type: 'instant' }, { name: 'amount', use: 'in', min: 0, max: '1', type: 'decimal' },
    { name: 'two', use: 'in', min: 0, max: '2', type: 'string' }, { name: 'coding', use: 'in', min: 0, max: '1', type: 'Coding' }, { name: 'resource', use: 'in', min: 0, max: '1', type: 'Resource' },
    { name: 'match', use: 'in', min: 0, max: '*', part: [{ name: 'key', use: 'in', min: 1, max: '1', type: 'string' }, { name: 'value', use: 'in', min: 0, max: '1', type: 'integer' }] },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle' },
  ],
}, async (input) => {
  // What the definition says is what the compiler knows.
  const typed: { start: string | undefined; types: readonly string[]; count: number | undefined; flag: boolean | undefined; keys: readonly string[] } = {
    start: input.start, types: input._type, count: input.count, flag: input.flag, keys: input.match.map(({ key }) => key),
  };
  return { status: 200, headers: {}, body: JSON.stringify({ ...input, typed: typed.keys }) };
});

const run = async (operation: Operation, parameters: Parameters, body?: unknown, headers: Record<string, string> = {}): Promise<any> => {
  const request: FhirRequest = {
    method: 'POST', base: 'http://x/fhir', path: ['$try'], parameters, headers,
    ...(body !== undefined && { body: { mediaType: 'application/fhir+json', bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) } }),
  };
  return JSON.parse((await operation.handler(request, { definitions } as Context)).body as string);
};
const parameters = (...parameter: object[]): object => ({ resourceType: 'Parameters', parameter });

describe('input', () => {
  it('of a query is in the JSON of its type; empty values and everyone\'s parameters are none', async () => {
    expect(await run(all, [['start', '2020-01'], ['_type', 'Patient'], ['_type', 'Group'], ['count', '3'], ['flag', 'true'], ['at', '2020-01-01T00:00:00 02:00'], ['_format', 'json'], ['two', '']]))
      .toMatchObject({ start: '2020-01', _type: ['Patient', 'Group'], count: 3, flag: true, at: '2020-01-01T00:00:00+02:00', two: [], match: [] });
  });
  it('of a Parameters body is the same, with complex types, resources and parts', async () => {
    expect(await run(all, [], parameters(
      { name: 'start', valueDate: '2020' }, { name: 'coding', valueCoding: { code: 'a' } }, { name: 'resource', resource: { resourceType: 'Group' } },
      { name: 'match', part: [{ name: 'key', valueString: 'k' }, { name: 'value', valueInteger: -1 }] }, { name: 'match', part: [{ name: 'key', valueString: 'l' }] },
    ))).toMatchObject({ start: '2020', coding: { code: 'a' }, resource: { resourceType: 'Group' }, match: [{ key: 'k', value: -1 }, { key: 'l' }], typed: ['k', 'l'] });
  });
  it('of URL and body adds up', async () => {
    expect(await run(all, [['_type', 'Patient']], parameters({ name: '_type', valueCode: 'Group' }))).toMatchObject({ _type: ['Patient', 'Group'] });
  });
  it('may be the one resource itself, with the others in the URL', async () => {
    expect(await run(all, [['count', '1']], { resourceType: 'Patient', active: true })).toMatchObject({ count: 1, resource: { resourceType: 'Patient', active: true } });
  });
  it('that is unknown is ignored under handling=lenient', async () => {
    expect(await run(all, [['nonsense', '1']], parameters({ name: 'other', valueString: 'x' }), { prefer: 'handling=lenient' })).toMatchObject({ match: [] });
  });

  const refused: readonly [why: string, query: Parameters, body: unknown, says: string][] = [
    ['unknown', [['nonsense', '1']], undefined, '$try has no parameter "nonsense"; it has "start"'], ['no date', [['start', '2020-13']], undefined, '"start" is "2020-13", which is no date'],
    ['no positiveInt', [['count', '0']], undefined, 'no positiveInt'], ['no boolean', [['flag', 'yes']], undefined, 'no boolean'], ['too large', [['count', '2147483648']], undefined, 'no positiveInt'],
    ['twice', [['start', '2020'], ['start', '2021']], undefined, 'at most once'], ['three times', [['two', 'a'], ['two', 'b'], ['two', 'c']], undefined, 'at most 2 times'],
    ['complex in a query', [['coding', 'a|b']], undefined, 'goes into a Parameters body'], ['in parts in a query', [['match', 'a']], undefined, 'goes into a Parameters body'],
    ['of another type', [], parameters({ name: 'start', valueString: '2020' }), 'valueDate is expected, and there is valueString'], ['a bad primitive', [], parameters({ name: 'start', valueDate: 'x' }), '"start" is no date'],
    ['no resource', [], parameters({ name: 'resource', valueString: 'x' }), 'has no resource'], ['without a required part', [], parameters({ name: 'match', part: [] }), '"match" of $try needs the parameter "key"'],
    ['with an unknown part', [], parameters({ name: 'match', part: [{ name: 'key', valueString: 'k' }, { name: 'x' }] }), '"match" of $try has no parameter "x"'],
    ['no object', [], parameters([]), 'A parameter is an object'], ['no JSON', [], '{', ''], ['no resource at all', [], '[]', 'A resource is a JSON object'],
  ];
  it.each(refused)('%s is 400', async (_why, query, body, says) => {
    await expect(run(all, query, body)).rejects.toMatchObject({ status: 400, message: expect.stringContaining(says) });
  });
  it('keeps the text of a decimal that a double would lose', async () => {
    let seen = '';
    const one = defineOperation({ ...facts, parameter: [{ name: 'amount', use: 'in', min: 1, max: '1', type: 'decimal' }] }, async ({ amount }) => {
      seen = String(amount);
      return { status: 200, headers: {}, body: '{}' };
    });
    await run(one, [], '{"resourceType":"Parameters","parameter":[{"name":"amount","valueDecimal":1.10}]}');
    expect(seen).toBe('1.10');
    await run(one, [['amount', '2.50']]);
    expect(seen).toBe('2.50');
    await expect(run(one, [])).rejects.toMatchObject({ status: 400, message: '$try needs the parameter "amount"' });
  });
});

describe('routes', () => {
  it('follow from levels, types and whether it changes anything', () => {
    expect(routesOf(all).map(({ path }) => path)).toEqual(['/$try', '/Patient/$try', '/Patient/:id/$try', '/Group/$try', '/Group/:id/$try']);
    expect(routesOf(all)[0]!.method).toEqual(['GET', 'HEAD', 'POST']);
    const changing = defineOperation({ ...facts, affectsState: true, resource: ['Resource'], system: false, parameter: [] }, async () => ({ status: 200, headers: {} }));
    expect(routesOf(changing)).toEqual([{ method: ['POST'], path: '/:type/$try' }, { method: ['POST'], path: '/:type/:id/$try' }]);
    const complex = defineOperation({ ...facts, type: false, instance: false, parameter: [{ name: 'c', use: 'in', min: 1, max: '1', type: 'Coding' }] }, async () => ({ status: 200, headers: {} }));
    expect(routesOf(complex)).toEqual([{ method: ['POST'], path: '/$try' }]);
  });
  it('reach the operation on its own types only', () => {
    const router = createRouter([all], definitions);
    expect(router.match({ method: 'GET', path: ['Group', '1', '$try'] })).toBe(all);
    expect(() => router.match({ method: 'GET', path: ['Device', '1', '$try'] })).toThrow('There is nothing at');
  });
});
