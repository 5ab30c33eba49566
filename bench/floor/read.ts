/** The floor of reads: bare Fastify and one prepared select by type and id, with nothing of FHIR. Prints its port. */
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 6 });
const server = Fastify();
server.get<{ Params: { type: string; id: string } }>('/fhir/:type/:id', async (request, reply) => {
  const { rows } = await pool.query<{ body: string }>({
    name: 'floor', text: 'select body from resource where type = $1 and id = $2', values: [request.params.type, request.params.id],
  });
  return reply.header('content-type', 'application/fhir+json').send(rows[0]!.body);
});
server.get('/healthz', async () => 'ok');
await server.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify(server.server.address())}\n`);
