/** W3: Health Samurai's search suite; every turn asks each of the 24 pairs once. Then each pair alone. */
import { allQueries, draw, pairName, pairs, type Pair } from '../searches/health-samurai.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

/** A pair alone is measured for an eighth of the time. */
const share = 8;

export const search: Workload = {
  id: 'w3', title: 'Search: 24 parameters', stage: 'read',
  async run(session) {
    const { random, measure, harvest } = session;
    const asked = pairs(harvest).filter((pair) => isAsked(pair, session));
    const seconds = secondsOf(session, 5, 120);
    for (const clients of clientsOf(session, [30], [30])) {
      await measure(`mixed, ${clients} clients`, { clients, seconds }, async (client) => {
        for (const pair of asked) await client.send(pairName(pair), { method: 'GET', path: draw(pair, random) });
      });
    }
    for (const clients of session.profile.name === 'quick' ? [1] : [1, 8]) {
      for (const pair of asked) {
        await measure(`${pairName(pair)} alone, ${clients} clients`, { clients, seconds: Math.max(0.3, seconds / share) }, async (client) => {
          await client.send(pairName(pair), { method: 'GET', path: draw(pair, random) });
        });
      }
    }
  },
};

/** A pair is left out where the preflight found any query of it wrong. */
const isAsked = (pair: Pair, { excluded }: Session): boolean => !excluded.has(pairName(pair)) && allQueries(pair).every((query) => !excluded.has(query));
