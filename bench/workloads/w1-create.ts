/** Creates alone: a turn is one of the nine resources of W1, as the floor inserts them. */
import { single } from './crud/resources.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

export const creates: Workload = {
  id: 'w1-create', title: 'Creates of one resource', stage: 'write',
  async run(session) {
    for (const clients of clientsOf(session, [16], [1, 16, 64])) {
      await session.measure(`${clients} clients`, { clients, seconds: secondsOf(session, 2, 20) }, async (client, turn) => {
        const { type, body } = single(turn);
        await client.send(`POST ${type}`, { method: 'POST', path: type, body }, [201]);
      });
    }
  },
};
