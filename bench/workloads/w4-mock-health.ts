/** W4: the 30 queries of mock.health, drawn uniformly. */
import { mockHealth } from '../searches/mock-health.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

export const mockHealthSearch: Workload = {
  id: 'w4', title: 'mock.health: 30 queries', stage: 'read',
  async run(session) {
    const { random, measure, harvest, excluded } = session;
    const asked = mockHealth.filter(({ name }) => !excluded.has(name));
    for (const clients of clientsOf(session, [8], [8, 64])) {
      await measure(`${clients} clients`, { clients, seconds: secondsOf(session, 4, 120) }, async (client) => {
        const { name, path } = random.pick(asked);
        await client.send(name, { method: 'GET', path: path(harvest, random) });
      });
    }
  },
};
