/** Lanes and transactions on a real Postgres. */
import { describe, expect, inject, it } from 'vitest';
import { float8Array, int4Array, int8Array, textArray } from '../../src/db/arrays.ts';
import { ContentionExhausted, DatabaseUnavailable, StatementTimeout } from '../../src/db/errors.ts';
import { openDatabase, type Statement, type Transaction } from '../../src/db/pool.ts';
import { join, raw, sql } from '../../src/db/sql.ts';
import { useDatabase } from '../support/database.ts';

const db = useDatabase();

/** Of the file's own database. */
async function databaseUrl(): Promise<string> {
  const [{ name }] = await db().read.query<{ name: string }>({ text: 'select current_database() as name' }) as [{ name: string }];
  const url = new URL(inject('postgres'));
  url.pathname = name;
  return url.href;
}

describe('a transaction', () => {
  it('commits what it did, and rolls back what it did when it throws', async () => {
    await db().write.query({ text: 'create table t (n integer)' });
    await db().write.transaction({}, (tx) => tx.query({ text: 'insert into t values (1)' }));
    await expect(db().write.transaction({}, async (tx) => {
      await tx.query({ text: 'insert into t values (2)' });
      throw new Error('no');
    })).rejects.toThrow('no');
    expect(await db().read.query({ text: 'select n from t' })).toEqual([{ n: 1 }]);
  });

  it('runs again when it fails to serialise, and gives up at last', async () => {
    let attempts = 0;
    const fail = (times: number) => db().write.transaction({}, async () => {
      if (++attempts <= times) throw Object.assign(new Error('again'), { code: '40001' });
      return attempts;
    });
    expect(await fail(3)).toBe(4);
    attempts = 0;
    await expect(fail(1000)).rejects.toThrow(ContentionExhausted);
  });

  it('sends a pipeline at once, gives the rows of each, and throws the first error', async () => {
    const results = await db().write.transaction({}, (tx) => tx.pipeline([{ text: 'select 1 as a' }, { text: 'select 2 as b' }]));
    expect(results).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    await expect(db().write.transaction({}, (tx) => tx.pipeline([{ text: 'select 1' }, { text: 'select nonsense' }, { text: 'select 2' }]))).rejects.toThrow(/nonsense/);
    expect(await db().write.query({ text: 'select 3 as c' })).toEqual([{ c: 3 }]);
  });

  it('prepares each statement of a pipeline once, but for those behind one that failed', async () => {
    const named = (name: string, text = `select '${name}' as name, $1::integer as n`): Statement => ({ name, text, values: [1] });
    const rows = (...names: string[]): object[][] => names.map((name) => [{ name, n: 1 }]);
    const own = openDatabase({ connectionString: await databaseUrl(), max: 3, statementTimeout: 20_000 });
    const { write: lane } = own;
    const [a, b, c, d] = [named('a'), named('b'), named('c'), named('d')];
    await lane.transaction({}, async (tx) => {
      expect(await tx.pipeline([a, b, a, { text: 'select 2 as two' }, a])).toEqual([...rows('a', 'b', 'a'), [{ two: 2 }], ...rows('a')]);
      expect(await Promise.all([tx.query(b), tx.pipeline([c, b]), tx.query(c)])).toEqual([...rows('b'), rows('c', 'b'), ...rows('c')]);
    });
    await expect(lane.transaction({}, (tx) => tx.pipeline([a, named('fails', 'select 1 / (1 - $1::integer)'), d]))).rejects.toThrow(/division by zero/);
    expect(await lane.transaction({}, (tx) => tx.pipeline([d, a]))).toEqual(rows('d', 'a'));
    const [{ count }] = await lane.query<{ count: number }>({ text: "select count(*)::integer as count from pg_prepared_statements where name in ('a', 'b', 'c', 'd')" }) as [{ count: number }];
    expect(count).toBe(4);
    await own.close();
  });

  it('sends nothing of a pipeline with a value that cannot be sent, and leaves what is on its way as it is', async () => {
    const own = openDatabase({ connectionString: await databaseUrl(), max: 3, statementTimeout: 20_000 });
    const { write: lane } = own;
    const named = (name: string): Statement => ({ name, text: 'select $1::integer as n', values: [1] });
    const unsendable: Statement = { text: 'select $1', values: [{ toPostgres: () => { throw new Error('unsendable'); } }] };
    await lane.transaction({}, async (tx) => {
      await tx.query({ text: 'create temporary table unsent (n integer)' });
      const onItsWay = tx.pipeline([named('a'), { text: 'select pg_sleep(0.1), 1 as n' }]).then(([first]) => first);
      await expect(tx.pipeline([named('a'), named('b'), { text: 'insert into unsent values (1)' }, unsendable])).rejects.toThrow('unsendable');
      const behind = tx.pipeline([named('a')]);
      expect(await Promise.all([onItsWay, behind])).toEqual([[{ n: 1 }], [[{ n: 1 }]]]);
      expect(await tx.pipeline([named('a'), named('b'), { text: 'select n from unsent' }])).toEqual([[{ n: 1 }], [{ n: 1 }], []]);
    });
    await expect(lane.transaction({}, (tx) => tx.pipeline([named('c'), unsendable]))).rejects.toThrow('unsendable');
    expect(await lane.transaction({}, (tx) => tx.pipeline([named('c')]))).toEqual([[{ n: 1 }]]);
    await own.close();
  });

  it('ends with the last pipeline, whose end is sent with it', async () => {
    await db().write.query({ text: 'create table ended (n integer primary key)' });
    const insert = (n: number): Statement => ({ name: 'insert_ended', text: 'insert into ended values ($1)', values: [n] });
    const there = async (): Promise<number[]> => (await db().read.query<{ n: number }>({ text: 'select n from ended order by n' })).map(({ n }) => n);
    const last = (...numbers: number[]) => db().write.transaction({}, (tx) => tx.pipeline(numbers.map(insert), true));
    await last(1, 2);
    expect(await there()).toEqual([1, 2]);
    await expect(last(3, 2, 4)).rejects.toThrow(/duplicate key/);
    await db().write.transaction({ rollback: true }, (tx) => tx.pipeline([insert(5)], true));
    expect(await there()).toEqual([1, 2]);
    // As a transaction that is refused is run again.
    let runs = 0;
    await db().write.transaction({}, (tx) => tx.pipeline([insert(6), ...(++runs < 3 ? [{ text: "do $$ begin raise exception using errcode = '40001'; end $$" }] : [])], true));
    expect([runs, await there()]).toEqual([3, [1, 2, 6]]);
    await expect(db().write.transaction({}, async (tx) => {
      await tx.pipeline([insert(7)], true);
      await tx.query(insert(8));
    })).rejects.toThrow('has ended');
    await expect(db().write.transaction({ isolation: 'none' as 'read committed' }, (tx) => tx.pipeline([insert(9)], true))).rejects.toThrow(/syntax error/);
    expect(await there()).toEqual([1, 2, 6, 7]);
  });

  it('makes the statements of a large pipeline as they are sent, a few megabytes ahead, and throws the first error of them', async () => {
    const value = Buffer.alloc(3 * 2 ** 20, 'x');
    let made = 0;
    let answered = 0;
    const ahead: number[] = [];
    const statements = function* (wrong?: number) {
      for (made = 0; made < 12; made++) {
        ahead.push(made - answered);
        yield { text: made === wrong ? 'select nonsense, $1::bytea' : 'select length($1::bytea) as n', values: [value] };
      }
    };
    const results = await db().write.transaction({}, async (tx) => tx.pipeline((function* () {
      for (const statement of statements()) {
        yield statement;
        // Where the window was full, all before were answered.
        if (made % 3 === 2) answered = made + 1;
      }
    })()));
    expect(results).toEqual(Array.from({ length: 12 }, () => [{ n: value.length }]));
    expect(Math.max(...ahead)).toBeLessThan(4);
    await expect(db().write.transaction({}, (tx) => tx.pipeline(statements(4)))).rejects.toThrow(/nonsense/);
    expect(await db().write.query({ text: 'select 3 as c' })).toEqual([{ c: 3 }]);
  });

  it('ends when its signal aborts, and the connection is of use after it', async () => {
    const controller = new AbortController();
    await expect(db().search.transaction({ signal: controller.signal }, async (tx) => {
      // Connecting may take longer than the wait; what is aborted is to be under way.
      await tx.query({ text: 'select 1' });
      setTimeout(() => controller.abort(), 50);
      await tx.query({ text: 'select pg_sleep(10)' });
    })).rejects.toThrow(StatementTimeout);
    expect(await db().search.query({ text: 'select 1 as a' })).toEqual([{ a: 1 }]);
  });
});

it('a transaction that could not be begun lets nothing follow', async () => {
  await db().write.query({ text: 'create table followed (n integer)' });
  await expect(db().write.transaction({ isolation: 'none' as 'read committed' }, async (tx) => {
    await tx.pipeline([{ text: 'select 1' }]);
    await tx.query({ text: 'insert into followed values (1)' });
  })).rejects.toThrow(/syntax error/);
  expect(await db().write.query({ text: 'select * from followed' })).toEqual([]);
});

it('one that could not be begun keeps nothing of what is sent with its begin, in however many messages, nor of what is sent behind', async () => {
  await db().write.query({ text: 'create table kept (n integer, v bytea)' });
  const insert = (n: number): Statement => ({ name: 'insert_kept_row', text: 'insert into kept values ($1, $2)', values: [n, Buffer.alloc(2 ** 18)] });
  const none = { isolation: 'none' as 'read committed' };
  // Prepared on the connection: what is not is passed over for that alone.
  await db().write.transaction({ rollback: true }, (tx) => tx.pipeline([insert(0)]));
  await expect(db().write.transaction(none, (tx) => tx.pipeline([insert(1), insert(2), insert(3)], true))).rejects.toThrow(/syntax error/);
  await expect(db().write.transaction(none, (tx) => tx.pipeline([insert(4), insert(5)]))).rejects.toThrow(/syntax error/);
  await expect(db().write.transaction(none, (tx) => Promise.all([tx.pipeline([insert(6)]), tx.pipeline([insert(7)])]))).rejects.toThrow(/syntax error/);
  expect(await db().write.query({ text: 'select n from kept' })).toEqual([]);
  await expect(db().write.transaction(none, (tx) => Promise.all([tx.query(insert(6)), tx.query(insert(7)), tx.pipeline([insert(7)])]))).rejects.toThrow(/syntax error/);
  await db().write.transaction({}, (tx) => tx.pipeline([insert(8), insert(9)], true));
  expect(await db().write.query({ text: 'select n from kept order by n' })).toEqual([{ n: 8 }, { n: 9 }]);
});

it('one that has failed lets nothing follow of what goes on beside', async () => {
  let late: Promise<unknown> | undefined;
  await expect(db().write.transaction({}, (tx) => {
    late = new Promise((resolve) => setTimeout(resolve, 50)).then(() => tx.query({ text: 'select 1' }));
    late.catch(() => {});
    return Promise.reject(new Error('no'));
  })).rejects.toThrow('no');
  await expect(late).rejects.toThrow('has ended');
});

it('one that asks nothing of the database is no transaction there', async () => {
  expect(await db().write.transaction({}, async () => 'done')).toBe('done');
  await expect(db().write.transaction({}, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await db().write.transaction({}, (tx) => tx.pipeline([], true))).toEqual([]);
});

it('settings of a transaction hold for what is sent with its begin, and end with it', async () => {
  const timeout: Statement = { name: 'timeout', text: 'show lock_timeout' };
  const own = (lockTimeout?: number) => db().write.transaction({ isolation: 'repeatable read', readOnly: true, ...(lockTimeout !== undefined && { lockTimeout }) },
    (tx) => tx.pipeline([timeout, { name: 'isolation', text: 'show transaction_isolation' }, { name: 'read_only', text: 'show transaction_read_only' }, { text: 'show plan_cache_mode' }, { text: 'show enable_seqscan' }]));
  const isolated = [[{ transaction_isolation: 'repeatable read' }], [{ transaction_read_only: 'on' }], [{ plan_cache_mode: 'auto' }], [{ enable_seqscan: 'on' }]];
  expect(await own(70)).toEqual([[{ lock_timeout: '70ms' }], ...isolated]);
  expect(await own()).toEqual([[{ lock_timeout: '0' }], ...isolated]);
  const planning = (tx: Transaction, name?: string) => tx.query({ ...(name !== undefined && { name }), text: "select current_setting('plan_cache_mode') as mode, current_setting('enable_seqscan') as seqscan" });
  await db().write.transaction({}, async (tx) => {
    const [kept, own] = [[{ mode: 'force_generic_plan', seqscan: 'off' }], [{ mode: 'auto', seqscan: 'on' }]];
    expect([await planning(tx), await planning(tx, 'planning'), await planning(tx), await planning(tx)]).toEqual([own, kept, own, own]);
    expect(await tx.pipeline([{ name: 'planning', text: "select current_setting('plan_cache_mode') as mode, current_setting('enable_seqscan') as seqscan" }])).toEqual([kept]);
  });
  expect(await db().write.query({ text: 'show plan_cache_mode' })).toEqual([{ plan_cache_mode: 'force_generic_plan' }]);
  expect(await db().write.query({ text: 'show enable_seqscan' })).toEqual([{ enable_seqscan: 'off' }]);
});

it('a lane of one connection is cancelled too', async () => {
  const small = openDatabase({ connectionString: await databaseUrl(), max: 3, statementTimeout: 20_000 });
  try {
    for (const lane of [small.read, small.search, small.write]) {
      const controller = new AbortController();
      const begun = performance.now();
      await expect(lane.transaction({ signal: controller.signal }, async (tx) => {
        await tx.query({ text: 'select 1' });
        setTimeout(() => controller.abort(), 20);
        await tx.query({ text: 'select pg_sleep(10)' });
      })).rejects.toThrow();
      expect(performance.now() - begun).toBeLessThan(5_000);
    }
  } finally {
    await small.close();
  }
});

it('a statement that takes too long is a StatementTimeout', async () => {
  const [{ url }] = await db().read.query<{ url: string }>({ text: 'select current_database() as url' }) as [{ url: string }];
  expect(url).toContain('verbatim_test');
  await expect(db().read.transaction({}, async (tx) => {
    await tx.query({ text: 'set local statement_timeout = 50' });
    await tx.query({ text: 'select pg_sleep(5)' });
  })).rejects.toThrow(StatementTimeout);
});

it('a database that is not there is DatabaseUnavailable', async () => {
  const away = openDatabase({ connectionString: 'postgres://x:x@127.0.0.1:1/x', max: 3, statementTimeout: 1000, connectionTimeout: 500 });
  await expect(away.read.query({ text: 'select 1' })).rejects.toThrow(DatabaseUnavailable);
  await away.close();
});

describe('binary arrays', () => {
  const cases: readonly [name: string, type: string, parameter: Buffer, expected: unknown[]][] = [
    ['bigint', 'bigint[]', int8Array([1n, -(2n ** 63n), 2n ** 63n - 1n]), ['1', '-9223372036854775808', '9223372036854775807']],
    ['no bigint', 'bigint[]', int8Array([]), []], ['integer', 'integer[]', int4Array([1, null, -5]), ['1', null, '-5']], ['no integer', 'integer[]', int4Array([]), []],
    ['double', 'float8[]', float8Array([1.5, -Infinity, Infinity]), ['1.5', '-Infinity', 'Infinity']],
    ['text', 'text[]', textArray(['', 'a', 'é😀', 'a,"b"\\']), ['', 'a', 'é😀', 'a,"b"\\']], ['no text', 'text[]', textArray([]), []], ['text, bytes and null', 'text[]', textArray(['a', null, Buffer.from('ü')]), ['a', null, 'ü']],
  ];
  it.each(cases)('of %s arrive as they were', async (_name, type, parameter, expected) => {
    const rows = await db().read.query<{ value: string | null }>({ text: `select unnest($1::${type})::text as value`, values: [parameter] });
    expect(rows.map(({ value }) => value)).toEqual(expected);
  });
});

describe('sql``', () => {
  it('numbers values through nested fragments', () => {
    const inner = sql`b = ${2}`;
    const statement = sql`select ${raw('x')} from t where a = ${1} and ${inner} and ${join([sql`c = ${3}`, sql`d = ${4}`], ' or ')}`;
    expect([statement.text, statement.values]).toEqual(['select x from t where a = $1 and b = $2 and c = $3 or d = $4', [1, 2, 3, 4]]);
  });
});
