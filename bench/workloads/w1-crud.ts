/** W1: Health Samurai's CRUD suite. A turn makes nine resources that refer to one another, reads, changes and deletes them: 36 requests. */
import { clientsOf, secondsOf, type Workload } from './workload.ts';
import { changes, resources } from './crud/resources.ts';

export const crud: Workload = {
  id: 'w1', title: 'CRUD: 36 requests a turn', stage: 'write',
  async run(session) {
    for (const clients of clientsOf(session, [16], [32, 300])) {
      await session.measure(`${clients} clients`, { clients, seconds: secondsOf(session, 4, 180) }, async (client, turn) => {
        const made: Record<string, string> = {};
        const bodies = new Map<string, object>();
        for (const [type, make] of resources) {
          const body = make(made, turn);
          const reply = await client.send(`POST ${type}`, { method: 'POST', path: type, body: JSON.stringify(body), headers: { Prefer: 'return=representation' } }, [201]);
          const id = reply?.status === 201 ? (JSON.parse(reply.text()) as { id: string }).id : undefined;
          if (id === undefined) return;
          made[type] = `${type}/${id}`;
          bodies.set(type, { ...body, id });
        }
        const types = resources.map(([type]) => type);
        for (const type of types) await client.send(`GET ${type}`, { method: 'GET', path: made[type]! }, [200]);
        for (const type of types) await client.send(`PUT ${type}`, { method: 'PUT', path: made[type]!, body: JSON.stringify({ ...bodies.get(type), ...changes[type]!(turn) }) }, [200]);
        for (const type of types.toReversed()) await client.send(`DELETE ${type}`, { method: 'DELETE', path: made[type]! }, [200]);
      });
    }
  },
};
