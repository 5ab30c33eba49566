/** W6: Blaze's transactions of two entries, a Patient and an Observation that refers to it, with more and more clients. */
import type { Random } from '../../src/tools/generate/random.ts';
import { clientsOf, secondsOf, type Session, type Workload } from './workload.ts';

const loinc = (code: string, display: string): object => ({ coding: [{ system: 'http://loinc.org', code, display }] });

/** @returns a Patient with a random birth date and its systolic pressure */
function bundle(random: Random): string {
  const patient = `urn:uuid:${random.uuid()}`;
  const birthDate = `${random.whole(1930, 2020)}-${String(random.whole(1, 12)).padStart(2, '0')}-${String(random.whole(1, 28)).padStart(2, '0')}`;
  const observation = {
    resourceType: 'Observation', status: 'final', code: loinc('8480-6', 'Systolic blood pressure'), subject: { reference: patient }, effectiveDateTime: '2021-03-04T09:00:00Z',
    valueQuantity: { value: random.whole(90, 180), unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
  };
  return JSON.stringify({
    resourceType: 'Bundle', type: 'transaction',
    entry: [
      { fullUrl: patient, resource: { resourceType: 'Patient', birthDate }, request: { method: 'POST', url: 'Patient' } },
      { fullUrl: `urn:uuid:${random.uuid()}`, resource: observation, request: { method: 'POST', url: 'Observation' } },
    ],
  });
}

async function run(session: Session): Promise<void> {
  for (const clients of clientsOf(session, [1, 16], [1, 2, 4, 8, 16, 32, 64, 128])) {
    await session.measure(`${clients} clients`, { clients, seconds: secondsOf(session, 1, 60) }, async (client) => {
      await client.send('transaction', { method: 'POST', path: '', body: bundle(session.random) }, [200]);
    });
  }
}

export const transactions: readonly Workload[] = [
  { id: 'w6', title: 'Transactions of two entries', stage: 'empty', run },
  { id: 'w6-async', title: 'The same without waiting for the disk', stage: 'empty', database: { synchronous_commit: 'off' }, run },
  { id: 'w6-loaded', title: 'Transactions of two entries on loaded data', stage: 'write', run },
];
