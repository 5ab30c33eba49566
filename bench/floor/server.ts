/**
 * The floors under HTTP: bare Fastify with an answer that is there; with one prepared select by type and id; with one prepared insert of
 * the row that a create makes in `resource`, as it was sent. Nothing of FHIR, and nothing of the index. `PORT` and `DATABASE_URL` say where.
 */
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 6 });
const server = Fastify();
const type = 'application/fhir+json; charset=utf-8';
const fixed = JSON.stringify({ resourceType: 'Patient', id: 'floor', text: 'x'.repeat(1500) });
server.addContentTypeParser(['application/json'], { parseAs: 'string' }, (_request, body, done) => done(null, body));
server.get('/fhir/floor', async (_request, reply) => reply.header('content-type', type).send(fixed));
server.get<{ Params: { type: string; id: string } }>('/fhir/:type/:id', async (request, reply) => {
  const { rows } = await pool.query<{ body: string }>({ name: 'select', text: 'select body from resource where type = $1 and id = $2', values: [request.params.type, request.params.id] });
  return rows[0] === undefined ? reply.code(404).send() : reply.header('content-type', type).send(rows[0].body);
});
server.post<{ Params: { type: string }; Body: string }>('/fhir/:type', async (request, reply) => {
  await pool.query({
    name: 'insert', text: "insert into resource (type, id, version, method, last_updated, body) values ($1::text::resource_type, $2, 1, 'POST', now(), $3)",
    values: [request.params.type, crypto.randomUUID(), request.body],
  });
  return reply.code(201).header('content-type', type).send(request.body);
});
server.get('/readyz', async () => 'ok');
await server.listen({ port: Number(process.env['PORT'] ?? 0), host: '127.0.0.1' });
