/** W10: writers that meet. Conditional creates of the same identifiers, updates under If-Match, transactions that overlap: each happens once or is refused. */
import { header, openConnection } from '../load/connection.ts';
import { requestBytes } from '../load/request.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

const system = 'http://example.org/bench/contention';
const identifiers = 100;
const overlapping = 10;
/** What a server answers a writer that lost: too late, or to come again. */
const lost = [409, 412, 503] as const;

export const contention: Workload = {
  id: 'w10', title: 'Contention', stage: 'write',
  async run(session) {
    const [clients = 32] = clientsOf(session, [8], [32]);
    await conditionalCreates(session, clients);
    await updates(session, clients);
    await overlaps(session, clients);
  },
};

async function ask<T>({ base }: Session, path: string): Promise<T> {
  const connection = openConnection(base);
  try {
    return JSON.parse((await connection.send(requestBytes(base, { method: 'GET', path }))).text()) as T;
  } finally {
    connection.close();
  }
}

/** All want the same hundred: after it, each is there once. */
async function conditionalCreates(session: Session, clients: number): Promise<void> {
  await session.measure(`conditional create of ${identifiers} identifiers, ${clients} clients`, { clients, seconds: secondsOf(session, 1.5, 30) }, async (client) => {
    const name = `${system}|${session.random.whole(1, identifiers)}`;
    const [, value] = name.split('|');
    await client.send('create', { method: 'POST', path: 'Patient', body: JSON.stringify({ resourceType: 'Patient', identifier: [{ system, value }] }), headers: { 'If-None-Exist': `identifier=${name}` } }, [200, 201]);
  }, async () => {
    let [missing, twice] = [0, 0];
    for (let n = 1; n <= identifiers; n++) {
      const { total = 0 } = await ask<{ total?: number }>(session, `Patient?identifier=${system}|${n}&_summary=count`);
      if (total > 1) twice++;
      if (total === 0) missing++;
    }
    return { 'identifiers there twice': twice, 'identifiers not there': missing };
  });
}

/** All change one Patient, naming the version they saw: its versions are then as many as the updates that were accepted. */
async function updates(session: Session, clients: number): Promise<void> {
  const { base } = session;
  const connection = openConnection(base);
  const body = (n: number): string => JSON.stringify({ resourceType: 'Patient', id: 'bench-contention', birthDate: `19${10 + (n % 80)}`, telecom: [{ system: 'phone', value: String(n) }] });
  const first = await connection.send(requestBytes(base, { method: 'PUT', path: 'Patient/bench-contention', body: body(0) }));
  connection.close();
  const began = version(header(first, 'etag'));
  let accepted = 0;
  await session.measure(`update of one Patient under If-Match, ${clients} clients`, { clients, seconds: secondsOf(session, 1.5, 30) }, async (client, turn) => {
    const read = await client.send('read', { method: 'GET', path: 'Patient/bench-contention' }, [200]);
    const tag = read === undefined ? undefined : header(read, 'etag');
    if (tag === undefined) return;
    const reply = await client.send('update', { method: 'PUT', path: 'Patient/bench-contention', body: body(turn + 1), headers: { 'If-Match': tag } }, [200, ...lost]);
    if (reply?.status === 200) accepted++;
  }, async () => {
    const { meta } = await ask<{ meta: { versionId: string } }>(session, 'Patient/bench-contention');
    return { accepted, 'updates lost or done twice': Number(meta.versionId) - began - accepted };
  });
}

const version = (tag: string | undefined): number => Number(/\d+/.exec(tag ?? '')?.[0] ?? 0);

/** Transactions over the same resources in any order: none may fail for the order, or be half done. */
async function overlaps(session: Session, clients: number): Promise<void> {
  const { random } = session;
  let refused = 0;
  let sent = 0;
  await session.measure(`transactions over the same ${overlapping} Patients, ${clients} clients`, { clients, seconds: secondsOf(session, 1.5, 30) }, async (client, turn) => {
    const order = Array.from({ length: overlapping }, (_, n) => ({ n, at: random.next() })).toSorted((a, b) => a.at - b.at).slice(0, overlapping / 2);
    const entry = order.map(({ n }) => ({ resource: { resourceType: 'Patient', id: `bench-overlap-${n}`, telecom: [{ system: 'phone', value: `${turn}` }] }, request: { method: 'PUT', url: `Patient/bench-overlap-${n}` } }));
    const reply = await client.send('transaction', { method: 'POST', path: '', body: JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry }) }, [200, ...lost]);
    sent++;
    if (reply !== undefined && reply.status !== 200) refused++;
  }, async () => ({ 'refused %': (refused / Math.max(1, sent)) * 100 }));
}
