/** W11: four reads to one write for ten minutes. What a request takes is to be the same at the end; what Postgres leaves behind is counted. */
import pg from 'pg';
import { latencySlope } from '../load/slope.ts';
import { clinical } from '../searches/clinical.ts';
import { mockHealth } from '../searches/mock-health.ts';
import { patientId } from '../searches/shape.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

const readShare = 0.8;
/**
 * Observations are made of patients that nobody asks for, twenty for each, by a code that is there already: of those that are asked for, or of a code
 * that was none before, ten minutes would make other answers, and it is the server that is to be the same at the end.
 */
const turnsPerPatient = 200;

export const steady: Workload = {
  id: 'w11', title: 'Steady mix', stage: 'write',
  async run(session) {
    const { random, harvest, excluded, measure, note, database } = session;
    const shapes = [...clinical, ...mockHealth].filter(({ name }) => !excluded.has(name));
    for (const clients of clientsOf(session, [8], [16])) {
      const { course } = await measure(`${clients} clients`, { clients, seconds: secondsOf(session, 5, 600) }, async (client, turn) => {
        if (random.chance(readShare)) {
          await client.send('read', { method: 'GET', path: random.pick(shapes).path(harvest, random) });
        } else if (random.chance(0.5)) {
          await client.send('create', { method: 'POST', path: 'Observation', body: JSON.stringify(observation(`bench-steady-${Math.floor(turn / turnsPerPatient)}`, random.whole(90, 180))) }, [201]);
        } else {
          const id = `bench-steady-${random.whole(1, 500)}`;
          await client.send('update', { method: 'PUT', path: `Observation/${id}`, body: JSON.stringify({ ...observation(patientId(harvest, random), turn), id }) }, [200, 201]);
        }
      }, async () => (database === undefined ? {} : leftBehind(database)));
      const slope = latencySlope(course);
      if (slope !== undefined) note(`${clients} clients, last three tenths over the first three`, { 'p50 ratio': slope.p50, 'p99 ratio': slope.p99 });
    }
  },
};

const observation = (patient: string, value: number): object => ({
  resourceType: 'Observation', status: 'final', category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }] }], code: { coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }] },
  subject: { reference: `Patient/${patient}` }, effectiveDateTime: new Date().toISOString(), valueQuantity: { value, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
});

/** @returns rows that wait for vacuum, in all and as a share, and pages on the pending lists of GIN indexes where they can be seen */
async function leftBehind(connectionString: NonNullable<Session['database']>): Promise<Record<string, number>> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: [row] } = await client.query('select sum(n_dead_tup)::float8 as dead, sum(n_dead_tup) / greatest(sum(n_live_tup + n_dead_tup), 1)::float8 * 100 as share from pg_stat_user_tables');
    const pending = await client.query(`create extension if not exists pgstattuple`)
      .then(() => client.query("select coalesce(sum((pgstatginindex(c.oid)).pending_pages), 0)::float8 as pages from pg_class c join pg_am a on a.oid = c.relam where a.amname = 'gin' and c.relkind = 'i' and c.relpages > 2"), () => undefined);
    return { 'dead rows': row.dead as number, 'dead rows %': row.share as number, ...(pending !== undefined && { 'GIN pending pages': pending.rows[0].pages as number }) };
  } finally {
    await client.end();
  }
}
