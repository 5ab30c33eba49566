/** What this machine can do without FHIR: measured in the same run, on a copy of the same data, so that every figure is also a share of it. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patientId } from '../searches/shape.ts';
import { freePort, launch, root } from '../target/process.ts';
import type { Postgres } from '../target/postgres.ts';
import type { Target } from '../target/target.ts';
import { clientsOf, secondsOf, type Session } from '../workloads/workload.ts';
import { single } from '../workloads/crud/resources.ts';
import { usageOf } from '../target/usage.ts';
import { copyFloor } from './copy.ts';

/** The names of the cases, which the goals and the gate look for. */
export const floorNames = { alone: 'bare Fastify', select: 'Fastify and one prepared select', insert: 'Fastify and one prepared insert', copy: 'COPY into the same tables' } as const;

/** A server of {@link floorNames} on a database of ours. */
export const floorTarget: Target = {
  name: 'floor', schema: '', description: 'Fastify without FHIR, and Postgres without either', warmUp: 2,
  async start(database, logFile) {
    const port = await freePort();
    const started = await launch({ command: process.execPath, args: ['--import', 'tsx', join(root, 'bench/floor/server.ts')], ready: `http://127.0.0.1:${port}/readyz`, startLimit: 30, logFile, environment: { PORT: String(port), DATABASE_URL: database } });
    return { ...started, base: new URL(`http://127.0.0.1:${port}/fhir`) };
  },
};

/** @param session of the floor's server, with a harvest of ours */
export async function measureFloors(session: Session): Promise<void> {
  const { measure, harvest, random } = session;
  const seconds = secondsOf(session, 2, 20);
  for (const clients of clientsOf(session, [16], [1, 16, 64])) {
    await measure(`${floorNames.alone}, ${clients} clients`, { clients, seconds }, async (client) => void (await client.send('read', { method: 'GET', path: 'floor' })));
    await measure(`${floorNames.select}, ${clients} clients`, { clients, seconds }, async (client) => void (await client.send('read', { method: 'GET', path: `Patient/${patientId(harvest, random)}` })));
    await measure(`${floorNames.insert}, ${clients} clients`, { clients, seconds }, async (client, turn) => {
      const { type, body } = single(turn);
      await client.send('create', { method: 'POST', path: type, body });
    });
  }
}

/** @returns the figures of a COPY of all rows of the database, in one stream, or undefined where Postgres may not write files */
export async function measureCopy(postgres: Postgres, database: string): Promise<Record<string, number> | undefined> {
  if (postgres.pid === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'verbatim-copy-'));
  chmodSync(folder, 0o777);
  try {
    const { seconds, cpu, count } = await copyFloor(postgres.url(database), folder, () => usageOf(postgres.pid!)?.seconds ?? 0);
    return { resources: count, seconds, 'resources/s': count / seconds, 'database cpu': (cpu / count) * 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
