/** W13: queries that have broken other servers, one at a time. Each is to take under 250 ms, or be refused in so many words. */
import { pathological } from '../searches/pathological.ts';
import type { Workload } from './workload.ts';

const bound = 250;
const times = { quick: 3, full: 10 } as const;

export const pathologicalSet: Workload = {
  id: 'w13', title: 'Pathological queries', stage: 'read',
  async run({ measure, note, harvest, random, excluded, profile }) {
    const shapes = pathological.filter(({ name }) => !excluded.has(name));
    const { labels, errorKinds } = await measure('one at a time', { clients: 1, turns: shapes.length * times[profile.name] }, async (client, turn) => {
      const { name, path } = shapes[turn % shapes.length]!;
      await client.send(name, { method: 'GET', path: path(harvest, random) });
    });
    const slow = Object.entries(labels).filter(([, { max = 0 }]) => max > bound).map(([name, { max }]) => `${name} took ${max!.toFixed(0)} ms`);
    note('bound', { [`over ${bound} ms`]: slow.length, refused: Object.keys(errorKinds).length }, slow);
  },
};
