/** A loaded database for each target, kept in the work folder and copied for every stage. */
import { join } from 'node:path';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { grow as growDatabase } from '../grow/grow.ts';
import type { Postgres } from '../target/postgres.ts';
import type { Target } from '../target/target.ts';
import { usageOf, type Usage } from '../target/usage.ts';
import { isCommon, type Data } from './files.ts';

export interface LoadOptions {
  readonly work: string;
  /** Load anew what is there. */
  readonly isReloaded: boolean;
  readonly say: (text: string) => void;
  readonly keep: (figures: Readonly<Record<string, number>>) => void;
}

/** As many files at once as the loader takes by itself. */
const concurrency = 3;

/**
 * @returns the name of the database, loaded and settled
 * @throws Error naming the first file that was refused
 */
export async function loadTemplate(postgres: Postgres, target: Target, data: Data, { work, isReloaded, say, keep }: LoadOptions): Promise<string> {
  const name = `bench_${target.name}_${data.name}_${target.schema}`.replace(/_$/, '');
  if (!isReloaded && await postgres.exists(name)) return name;
  // Of an earlier schema, which this server would refuse.
  for (const other of await postgres.list(`bench_${target.name}_${data.name}_`)) if (!/_grown_/.test(other.slice(`bench_${target.name}_${data.name}`.length))) await postgres.drop(other);
  const loading = `${name}_loading`;
  if (data.grown !== undefined) {
    const { grown, ...ungrown } = data;
    await postgres.create(loading, await loadTemplate(postgres, target, { ...ungrown, name: data.name.replace(/_grown_\d+$/, '') }, { work, isReloaded, say, keep }));
    say(`${target.name}, growing to ${grown} resources`);
    await growDatabase(postgres.url(loading), grown, (text) => say(`  ${text}`));
    await postgres.rename(loading, name);
    return name;
  }
  await postgres.create(loading, await emptyTemplate(postgres, target, work));
  const serving = await target.start(postgres.url(loading), join(work, `${target.name}-load.log`));
  try {
    say(`${target.name}, load of ${data.files.length} files`);
    const empty = await postgres.size(loading);
    const used = (): Record<'server' | 'database', Usage | undefined> => ({ server: serving.pid === undefined ? undefined : usageOf(serving.pid), database: postgres.pid === undefined ? undefined : usageOf(postgres.pid) });
    const before = used();
    const { resources, seconds } = await loadOver(serving.base, data);
    const after = used();
    await postgres.settle(loading);
    const bytes = await postgres.size(loading) - empty;
    const perThousand = (name: 'server' | 'database', as: string): Record<string, number> =>
      (before[name] === undefined || after[name] === undefined ? {} : { [as]: ((after[name].seconds - before[name].seconds) / resources) * 1000 });
    keep({ resources, seconds, 'resources/s': resources / seconds, 'bytes per resource': bytes / resources, ...perThousand('server', 'server cpu'), ...perThousand('database', 'database cpu'), ...(after.server !== undefined && { rss: after.server.rss }) });
  } finally {
    await serving.stop();
  }
  await postgres.drop(name);
  await postgres.rename(loading, name);
  return name;
}

/**
 * Loads the files over HTTP, those that others refer to first.
 * @throws Error naming the first file that was refused
 */
export async function loadOver(base: URL, { files }: Data): Promise<{ resources: number; seconds: number }> {
  const common = await load(await findFiles(files.filter(isCommon)), { base: base.href, concurrency: 1 });
  const rest = await load(await findFiles(files.filter((path) => !isCommon(path))), { base: base.href, concurrency });
  const [failure] = [...common.failures, ...rest.failures];
  if (failure !== undefined) throw new Error(`${base.href} refuses ${failure.name}: ${failure.status} ${failure.reason}`);
  return { resources: common.resources + rest.resources, seconds: common.seconds + rest.seconds };
}

/** @returns the name of a database with the target's tables and no data: making them can take a server minutes */
export async function emptyTemplate(postgres: Postgres, target: Target, work: string): Promise<string> {
  const name = `bench_${target.name}_empty_${target.schema}`.replace(/_$/, '');
  if (await postgres.exists(name)) return name;
  for (const other of await postgres.list(`bench_${target.name}_empty`)) await postgres.drop(other);
  const making = `${name}_making`;
  await postgres.create(making);
  const serving = await target.start(postgres.url(making), join(work, `${target.name}-empty.log`));
  await serving.stop();
  if (target.alter !== undefined) await postgres.run(making, target.alter);
  await postgres.rename(making, name);
  return name;
}
