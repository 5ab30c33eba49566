/** W3: Health Samurai's search suite: every turn asks each of the 24 pairs once; and each pair alone. */
import { allQueries, pairName, pairs } from '../searches/health-samurai.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

/** A pair alone is measured for an eighth of the time. */
const share = 8;

/** Uniform over all queries of a pair is uniform over its modifiers, prefixes and values. */
const askedOf = ({ harvest, excluded }: Session): { name: string; queries: string[] }[] => pairs(harvest)
  .map((pair) => ({ name: pairName(pair), queries: allQueries(pair).filter((query) => !excluded.has(query)) })).filter(({ name, queries }) => queries.length > 0 && !excluded.has(name));

export const search: Workload = {
  id: 'w3', title: 'Search: 24 parameters', stage: 'read',
  async run(session) {
    const asked = askedOf(session);
    for (const clients of clientsOf(session, [30], [30])) {
      await session.measure(`mixed, ${clients} clients`, { clients, seconds: secondsOf(session, 4, 120) }, async (client) => {
        for (const { name, queries } of asked) await client.send(name, { method: 'GET', path: session.random.pick(queries) });
      });
    }
  },
};

export const searchAlone: Workload = {
  id: 'w3-alone', title: 'Search: each parameter alone', stage: 'read',
  async run(session) {
    const seconds = secondsOf(session, 4, 120);
    for (const clients of clientsOf(session, [1], [1, 8])) {
      for (const { name, queries } of askedOf(session)) {
        await session.measure(`${name} alone, ${clients} clients`, { clients, seconds: Math.max(Math.min(0.3, seconds), seconds / share) }, async (client) => {
          await client.send(name, { method: 'GET', path: session.random.pick(queries) });
        });
      }
    }
  },
};
