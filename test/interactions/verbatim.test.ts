/** What is PUT is what is read, token for token, but for id and meta.versionId, meta.lastUpdated. R4: http.html#update; DECISIONS "Verbatim". */
import { expect, it } from 'vitest';
import { compactJson } from '../../src/fhir/json/scan.ts';
import { unstamped } from '../../src/fhir/json/splice.ts';
import { examples } from '../support/examples.ts';
import { send } from '../support/http.ts';
import { isFull } from '../support/shared.ts';
import { useServer } from '../support/server.ts';

const server = useServer();

it('keeps every token of the official examples, and refuses the one whose id is too long', { timeout: 300_000 }, async () => {
  let kept = 0;
  const refused: string[] = [];
  for (const { file, text } of examples()) {
    const { resourceType, id } = JSON.parse(text.toString()) as { resourceType: string; id: string };
    const url = `${server().base}/${resourceType}/${id}`;
    const put = await send('PUT', url, { body: text });
    if (put.status === 400) {
      expect(put.json.issue[0].expression ?? put.json.issue[0].diagnostics, file).toBeDefined();
      refused.push(id);
      continue;
    }
    expect(put.status, `${file}: ${put.text.slice(0, 300)}`).toBe(201);
    const read = await send('GET', url, { headers: { accept: 'application/fhir+json' } });
    expect(read.status, file).toBe(200);
    const sent = unstamped(compactJson(text).bytes).toString();
    const got = unstamped(compactJson(Buffer.from(read.text)).bytes).toString();
    if (got !== sent) expect(got, file).toBe(sent);
    expect(read.json.id).toBe(id);
    expect(read.json.meta.versionId).toBe('1');
    kept++;
  }
  expect(refused.every((id) => id.length > 64)).toBe(true);
  if (isFull) expect([kept, refused.length]).toEqual([5304, 1]);
  else expect(kept).toBeGreaterThan(500);
});

const tokens: readonly [name: string, text: string][] = [
  ['key order', '{"resourceType":"Basic","id":"a","code":{"text":"z"},"author":{"display":"b"},"created":"2020"}'],
  ['number spelling', '{"resourceType":"Basic","id":"a","extension":[{"url":"x","valueDecimal":1.10},{"url":"x","valueDecimal":1.2e2},{"url":"x","valueDecimal":0.00}]}'],
  ['escapes', '{"resourceType":"Basic","id":"a","code":{"text":"caf\\u00e9 \\/ \\ud83d\\ude00 é 😀"}}'],
  ['__proto__', '{"resourceType":"Basic","id":"a","__proto__":{"a":1},"constructor":1}'],
  ['unknown elements', '{"resourceType":"Basic","id":"a","zzz":[null,true,false,{}],"aaa":""}'],
];

it.each(tokens)('keeps %s', async (_name, text) => {
  const url = `${server().base}/Basic/a`;
  await send('PUT', url, { body: text });
  const read = await send('GET', url);
  expect(unstamped(Buffer.from(read.text)).toString()).toBe(unstamped(Buffer.from(text)).toString());
});

it('drops only insignificant white space', async () => {
  const url = `${server().base}/Basic/space`;
  await send('PUT', url, { body: '\uFEFF {\n  "resourceType" : "Basic",\t"id":"space",\r\n "code": { "text": " a  b " } }\n' });
  expect((await send('GET', url)).text).toMatch(/^\{"resourceType":"Basic","id":"space","meta":\{[^}]*\},"code":\{"text":" a {2}b "\}\}$/);
});
