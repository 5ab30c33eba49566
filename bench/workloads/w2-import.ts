/** W2: Health Samurai's import suite. Clients post the Bundles of the data in their order, again and again under new ids. */
import { isCommon, readText, replica } from '../data/files.ts';
import { requestBytes } from '../load/request.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

/** Requests are made before the clock starts, up to so many bytes in all and a second; those beyond are made when their turn comes. */
const prepared = 500 * 2 ** 20;
const preparedSecond = 12 * 2 ** 20;

interface Post {
  readonly request: Buffer;
  /** Resources in the Bundle. */
  readonly size: number;
}

export const importBundles: Workload = {
  id: 'w2', title: 'Import of Bundles', stage: 'empty',
  async run(session) {
    const { base, files, measure } = session;
    for (const path of files.filter(isCommon)) {
      const { errorKinds } = await measure('common resources', { clients: 1, turns: 1 }, async (client) => {
        await client.send('POST', { method: 'POST', path: '', body: readText(path) });
      });
      if (Object.keys(errorKinds).length > 0) throw new Error(`${path} is refused: ${Object.keys(errorKinds).join()}`);
    }
    const seconds = secondsOf(session, 4, 300);
    const counts = clientsOf(session, [4], [4, 20]);
    const next = postsOf(base, files.filter((path) => !isCommon(path)), Math.min(prepared, seconds * counts.length * preparedSecond));
    for (const clients of counts) {
      const stored: { at: number; size: number }[] = [];
      await measure(`${clients} clients`, { clients, seconds }, async (client) => {
        const { request, size } = next();
        if ((await client.send('POST Bundle', request, [200]))?.status === 200) stored.push({ at: performance.now(), size });
      }, async (elapsed) => {
        const since = performance.now() - elapsed * 1000;
        return { 'resources/s': stored.filter(({ at }) => at >= since).reduce((sum, { size }) => sum + size, 0) / elapsed };
      });
    }
  },
};

/** @returns what gives one Bundle after another: the files as they are, then replicas of them */
function postsOf(base: URL, files: readonly string[], limit: number): () => Post {
  const texts = files.map(readText);
  const sizes = texts.map((text) => (text.match(/"fullUrl"/g) ?? []).length);
  const make = (n: number): Post => {
    const file = n % texts.length;
    const round = Math.floor(n / texts.length);
    return { request: requestBytes(base, { method: 'POST', path: '', body: round === 0 ? texts[file]! : replica(texts[file]!, round) }), size: sizes[file]! };
  };
  const ready: Post[] = [];
  for (let bytes = 0; bytes < limit; bytes += ready.at(-1)!.request.length) ready.push(make(ready.length));
  let turn = 0;
  return () => {
    const n = turn++;
    const post = ready[n] ?? make(n);
    delete ready[n];
    return post;
  };
}
