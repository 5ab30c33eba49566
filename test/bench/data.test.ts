/** Replicas of the data, and what is read from /proc. */
import { expect, it } from 'vitest';
import { replica } from '../../bench/data/files.ts';
import { parseStat, usageOf } from '../../bench/target/usage.ts';

const own = '057aa36e-b892-9964-75b9-ffb46b097e34';
const other = '9b6e2dd4-2f0a-4b0c-8e36-1a2b3c4d5e6f';
const bundle = JSON.stringify({
  entry: [{ fullUrl: `urn:uuid:${own}`, resource: { id: own, identifier: [{ value: own }] } }, { fullUrl: 'urn:uuid:0696ac49-3128-87d3-7344-04510aa4f324', resource: { subject: { reference: `urn:uuid:${own}` }, performer: `Practitioner?identifier=x|${other}` } }],
});

it('a replica has ids of its own, and refers to the same others', () => {
  const [first, second] = [replica(bundle, 1), replica(bundle, 2)].map((text) => JSON.parse(text));
  const id = first.entry[0].resource.id as string;
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(id).not.toBe(own);
  expect(first.entry[0].fullUrl).toBe(`urn:uuid:${id}`);
  expect(first.entry[0].resource.identifier[0].value).toBe(id);
  expect(first.entry[1].resource.subject.reference).toBe(`urn:uuid:${id}`);
  expect(first.entry[1].resource.performer).toContain(other);
  expect(second.entry[0].resource.id).not.toBe(id);
  expect(replica(bundle, 1)).toBe(JSON.stringify(first));
});

it('a generated Bundle is replicated too: ids at the end of a URL', () => {
  const text = JSON.stringify({ entry: [{ fullUrl: `http://example.org/fhir/Patient/${own}`, resource: { id: own }, request: { method: 'PUT', url: `Patient/${own}` } }] });
  const { entry: [{ fullUrl, resource, request }] } = JSON.parse(replica(text, 1));
  expect(resource.id).not.toBe(own);
  expect(fullUrl).toBe(`http://example.org/fhir/Patient/${resource.id}`);
  expect(request.url).toBe(`Patient/${resource.id}`);
});

it('the times of a process stand behind its name, whatever that is', () => {
  expect(parseStat('42 (a) b (c)) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 11 0 5 6 7')).toEqual({ pid: 42, parent: 7, ticks: 124 });
});

it.skipIf(process.platform !== 'linux')('this process has used time and memory, one that is gone has not', () => {
  const used = usageOf(process.pid)!;
  expect(used.seconds).toBeGreaterThan(0);
  expect(used.rss).toBeGreaterThan(1_000_000);
  expect(usageOf(2 ** 22)).toBeUndefined();
});
