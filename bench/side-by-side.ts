/** Servers that are up at the same time, each on a copy of the same data, to be asked in turns: what the machine does meanwhile meets all of them alike. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chooseData } from './data/files.ts';
import { loadTemplate } from './data/template.ts';
import { openPostgres } from './target/postgres.ts';
import { root } from './target/process.ts';
import { verbatim, type Serving, type Target } from './target/target.ts';
import { usageOf } from './target/usage.ts';

export const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Processor seconds of a server and of Postgres, per 1,000 requests where nothing else is said. */
export interface Cost {
  readonly server: number;
  readonly database: number;
}

export interface Side {
  readonly serving: Serving;
  /** All that was used so far, by this server and by Postgres for all of them. */
  used(): Cost;
}

export const perThousand = (before: Cost, after: Cost, requests: number): Cost =>
  ({ server: ((after.server - before.server) / requests) * 1000, database: ((after.database - before.database) / requests) * 1000 });

/** Starts the servers, hands them over in the order given, and stops them. Needs `npm run build` before. */
export async function sideBySide(targets: readonly Target[], run: (sides: readonly Side[]) => Promise<void>): Promise<void> {
  const work = join(root, '.bench/work');
  mkdirSync(work, { recursive: true });
  const postgres = await openPostgres(join(work, 'postgres'), undefined);
  const sides: Side[] = [];
  const databases: string[] = [];
  try {
    const data = await chooseData(work, { isSmall: false, patients: 1000, replicas: 1 });
    const template = await loadTemplate(postgres, verbatim(0), data, { work, isReloaded: false, say, keep: () => {} });
    for (const target of targets) {
      const name = `bench_side_${databases.length}`;
      databases.push(name);
      await postgres.create(name, template);
      await postgres.settle(name);
      const serving = await target.start(postgres.url(name), join(work, `${name}.log`));
      sides.push({ serving, used: () => ({ server: usageOf(serving.pid!)!.seconds, database: usageOf(postgres.pid!)!.seconds }) });
    }
    await run(sides);
  } finally {
    for (const { serving } of sides) await serving.stop();
    for (const name of databases) await postgres.drop(name);
    await postgres.stop();
  }
}
