/** W9: what a total costs, by the share of Observations that match; and how far an estimate is off. */
import { openConnection } from '../load/connection.ts';
import { requestBytes } from '../load/request.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

/** Shares of all Observations that are looked for. */
const wanted = [0.0001, 0.001, 0.01, 0.1, 0.7];
const candidates = ['', 'status=final', 'category=laboratory', 'category=vital-signs', 'category=survey', 'category=laboratory,vital-signs', 'date=ge2015', 'date=ge2020', 'date=lt2010', 'code=8302-2', 'code=8480-6', 'code=72514-3', 'code=8302-2,29463-7', 'value-quantity=gt1000', 'date=2019-05'];

interface Criterion {
  readonly query: string;
  readonly count: number;
}

export const totals: Workload = {
  id: 'w9', title: 'Totals by selectivity', stage: 'read',
  async run(session) {
    const counted = await count(session);
    const all = Math.max(...counted.map(({ count: found }) => found));
    // A list by the share: what is asked for differs from server to server where ids do.
    const chosen = new Map(wanted.map((share) => [share, counted.toSorted((a, b) => distance(a.count, share * all) - distance(b.count, share * all))[0]!]));
    for (const [share, { query, count: found }] of chosen) {
      for (const clients of clientsOf(session, [1], [1, 4])) {
        for (const way of ['_total=accurate&_count=20', '_summary=count', '_total=estimate&_count=20']) {
          const path = `Observation?${query === '' ? '' : `${query}&`}${way}`;
          let total: number | undefined;
          await session.measure(`${share * 100} %, ${way.split('&')[0]}, ${clients} clients`, { clients, seconds: secondsOf(session, 0.2, 10) }, async (client) => {
            const reply = await client.send(way, { method: 'GET', path }, [200]);
            if (total === undefined && reply?.status === 200) total = (JSON.parse(reply.text()) as { total?: number }).total;
          }, async () => ({ matches: found, ...(total !== undefined && { 'off %': Math.abs(total / found - 1) * 100 }) }));
        }
      }
    }
  },
};

/** On a logarithmic scale. */
const distance = (a: number, b: number): number => Math.abs(Math.log(a / b));

/** @returns the candidates that match anything, with how many they match */
async function count({ base, harvest }: Session): Promise<Criterion[]> {
  const queries = [...candidates, ...harvest.patients.slice(0, 3).map(({ id }) => `patient=Patient/${id}`), ...harvest.patients.slice(0, 3).map(({ id }) => `patient=Patient/${id}&code=8302-2`)];
  const connection = openConnection(base);
  try {
    const found: Criterion[] = [];
    for (const query of queries) {
      const reply = await connection.send(requestBytes(base, { method: 'GET', path: `Observation?${query}${query === '' ? '' : '&'}_summary=count` }));
      const total = reply.status === 200 ? (JSON.parse(reply.text()) as { total?: number }).total ?? 0 : 0;
      if (total > 0) found.push({ query, count: total });
    }
    return found;
  } finally {
    connection.close();
  }
}
