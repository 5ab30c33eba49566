/** kill -9 in the middle of a load: every acknowledged transaction is there whole, no other in part. R4: http.html#transaction. */
import { afterAll, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { freePort, startProcess, temporaryFolder } from '../support/process.ts';
import { isFull } from '../support/shared.ts';

const folder = temporaryFolder();
afterAll(() => folder.remove());

const perBundle = 40;
const rounds = isFull ? 5 : 2;

it('no acknowledged write is lost, and none is there in part', { timeout: 180_000 }, async () => {
  const port = await freePort();
  const acknowledged: string[] = [];
  const sent: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const server = await startProcess(port, { DATA_DIR: folder.path });
    let isAlive = true;
    const client = async (name: string): Promise<void> => {
      for (let n = 0; isAlive; n++) {
        const tag = `${name}-${n}`;
        const entry = Array.from({ length: perBundle }, (_, m) => ({
          resource: { resourceType: 'Basic', id: `${tag}-${m}`, meta: { tag: [{ system: 'urn:bundle', code: tag }] }, code: { text: 'x' }, subject: { reference: `Patient/${tag}` } },
          request: { method: 'PUT', url: `Basic/${tag}-${m}` },
        }));
        sent.push(tag);
        const answer = await send('POST', server.base, { body: { resourceType: 'Bundle', type: 'transaction', entry } }).catch(() => undefined);
        if (answer?.status === 200) acknowledged.push(tag);
      }
    };
    const clients = Promise.all(['a', 'b', 'c', 'd'].map((name) => client(`r${round}${name}`)));
    await new Promise((resolve) => setTimeout(resolve, 700 + round * 150));
    server.child.kill('SIGKILL');
    await server.ended;
    isAlive = false;
    await clients;
  }
  const server = await startProcess(port, { DATA_DIR: folder.path });
  const counts = new Map<string, number>();
  for (const tag of sent) {
    const stored = (await send('GET', `${server.base}/Basic?_tag=urn:bundle|${tag}&_summary=count`)).json.total;
    const versions = stored === 0 ? 0 : (await send('GET', `${server.base}/Basic/${tag}-0/_history`)).json.total;
    counts.set(tag, stored);
    expect([0, perBundle], tag).toContain(stored);
    if (stored > 0) expect(versions).toBe(1);
  }
  expect(acknowledged.length).toBeGreaterThan(rounds);
  expect(acknowledged.filter((tag) => counts.get(tag) !== perBundle)).toEqual([]);
  server.child.kill('SIGTERM');
  await server.ended;
});
