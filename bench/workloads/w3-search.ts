/** W3: Health Samurai's search suite; every turn asks each of the 24 pairs once. Then each pair alone. */
import { allQueries, pairName, pairs } from '../searches/health-samurai.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

/** A pair alone is measured for an eighth of the time. */
const share = 8;

export const search: Workload = {
  id: 'w3', title: 'Search: 24 parameters', stage: 'read',
  async run({ random, measure, harvest, excluded, profile }) {
    // Uniform over all queries of a pair is uniform over its modifiers, prefixes and values.
    const asked = pairs(harvest).map((pair) => ({ name: pairName(pair), queries: allQueries(pair).filter((query) => !excluded.has(query)) })).filter(({ name, queries }) => queries.length > 0 && !excluded.has(name));
    const seconds = secondsOf({ profile }, 4, 120);
    for (const clients of clientsOf({ profile }, [30], [30])) {
      await measure(`mixed, ${clients} clients`, { clients, seconds }, async (client) => {
        for (const { name, queries } of asked) await client.send(name, { method: 'GET', path: random.pick(queries) });
      });
    }
    for (const clients of profile.name === 'quick' ? [1] : [1, 8]) {
      for (const { name, queries } of asked) {
        await measure(`${name} alone, ${clients} clients`, { clients, seconds: Math.max(Math.min(0.3, seconds), seconds / share) }, async (client) => {
          await client.send(name, { method: 'GET', path: random.pick(queries) });
        });
      }
    }
  },
};
