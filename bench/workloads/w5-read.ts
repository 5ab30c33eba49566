/** W5: reads of random Patients by id, with more and more clients. */
import { patientId } from '../searches/shape.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

export const read: Workload = {
  id: 'w5', title: 'Read by id', stage: 'read',
  async run(session) {
    for (const clients of clientsOf(session, [1, 8, 32], [1, 2, 4, 8, 16, 32, 64])) {
      await session.measure(`${clients} clients`, { clients, seconds: secondsOf(session, 1.5, 20) }, async (client) => {
        await client.send('read', { method: 'GET', path: `Patient/${patientId(session.harvest, session.random)}` });
      });
    }
  },
};
