/** W7: the mix of a viewer of records; and the read that finds nothing new. */
import { header } from '../load/connection.ts';
import { clinical } from '../searches/clinical.ts';
import { patientId } from '../searches/shape.ts';
import { clientsOf, secondsOf, type Workload } from './workload.ts';

const unchanged = 'read, not changed';

export const clinicalMix: Workload = {
  id: 'w7', title: 'Clinical mix', stage: 'read',
  async run(session) {
    const { random, measure, harvest, excluded } = session;
    const names = [...clinical.map(({ name }) => name), unchanged].filter((name) => !excluded.has(name));
    const shapes = new Map(clinical.map((shape) => [shape.name, shape]));
    const tags = new Map<string, string>();
    for (const clients of clientsOf(session, [16], [16])) {
      await measure(`${clients} clients`, { clients, seconds: secondsOf(session, 4, 120) }, async (client) => {
        const name = random.pick(names);
        const shape = shapes.get(name);
        if (shape !== undefined) {
          await client.send(name, { method: 'GET', path: shape.path(harvest, random) });
          return;
        }
        const path = `Patient/${patientId(harvest, random)}`;
        const tag = tags.get(path);
        const reply = await client.send(tag === undefined ? 'read' : unchanged, { method: 'GET', path, ...(tag !== undefined && { headers: { 'If-None-Match': tag } }) }, tag === undefined ? [200] : [304]);
        const given = reply === undefined ? undefined : header(reply, 'etag');
        if (given !== undefined) tags.set(path, given);
      });
    }
  },
};
