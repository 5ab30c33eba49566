/**
 * W0: whether what is timed is right. On the sample of data/, whose ids are known, every query of W3, W4, W7 and W13 must find what the
 * brute-force search of test/oracle finds in the files. A query that does not is left out of the measuring, and named.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findFiles } from '../../src/tools/load/files.ts';
import { load } from '../../src/tools/load/load.ts';
import { createData, type Data } from '../../test/oracle/data.ts';
import { isObject, listOf, parseJson, type JsonObject } from '../../test/oracle/json.ts';
import { parseQuery, search } from '../../test/oracle/search.ts';
import { BadQuery } from '../../test/oracle/values.ts';
import { readText } from '../data/files.ts';
import { harvest } from '../data/harvest.ts';
import type { Client } from '../load/clients.ts';
import { clinical } from '../searches/clinical.ts';
import { allQueries, pairName, pairs } from '../searches/health-samurai.ts';
import { mockHealth } from '../searches/mock-health.ts';
import { pathological } from '../searches/pathological.ts';
import { root } from '../target/process.ts';
import { getPage } from './pages.ts';
import type { Session, Workload } from './workload.ts';

const sample = join(root, 'data');
/** No page is asked for beyond so many matches: the sample has fewer resources of most types. */
const pageSize = 1000;
const longest = 5;
/** Of each shape whose values are drawn; and one of so many fixed queries. */
const draws = { quick: 1, full: 3 } as const;
const oneOf = { quick: 6, full: 1 } as const;

interface Question {
  /** What is left out when it is wrong. */
  readonly name: string;
  readonly query: string;
}

export const preflight: Workload = {
  id: 'w0', title: 'Preflight: the right answers', stage: 'empty', isOnce: true,
  async run(session) {
    if (session.database === undefined) return filtersOnly(session);
    const files = readdirSync(sample).filter((name) => name.endsWith('.json')).map((name) => join(sample, name));
    const { failures } = await load(await findFiles(files), { base: session.base.href, concurrency: 1 });
    if (failures.length > 0) throw new Error(`${failures[0]!.name} is refused: ${failures[0]!.reason}`);
    const data = createData(files.flatMap((path) => listOf(parseJson(readText(path)), 'entry').flatMap((entry) => (isObject(entry) && isObject(entry['resource']) ? [entry['resource'] as JsonObject] : []))), [session.base.href]);
    await check(session, await questionsOf(session), (client, question) => compareIds(client, question, data));
  },
};

/** On data of which nothing is known: the first value of a pair, which nothing has, must find nothing. */
async function filtersOnly(session: Session): Promise<void> {
  const questions = pairs(session.harvest).map((pair) => ({ name: pairName(pair), query: `${pair.type}?${pair.param}=${pair.values[0]}` }));
  await check(session, questions, async (client, { query }) => {
    const page = await getPage(client, 'search', `${query}&_count=5`);
    return page === undefined ? 'is refused' : page.ids.length === 0 ? undefined : 'finds what it does not ask for';
  });
}

async function check({ measure, note }: Session, questions: readonly Question[], judge: (client: Client, question: Question) => Promise<string | undefined>): Promise<void> {
  const wrong = new Map<string, string>();
  await measure('all', { clients: 1, turns: questions.length }, async (client, turn) => {
    const question = questions[turn]!;
    const fault = await judge(client, question);
    if (fault !== undefined && !wrong.has(question.name)) wrong.set(question.name, `${question.query.slice(0, 200)} ${fault}`);
  });
  note('left out', { queries: questions.length, wrong: wrong.size }, [...wrong].map(([name, fault]) => `${name} — ${fault}`));
}

async function questionsOf({ base, random, profile }: Session): Promise<Question[]> {
  const values = await harvest(base);
  const shapes = [...mockHealth, ...clinical, ...pathological].flatMap(({ name, path }) => Array.from({ length: draws[profile.name] }, () => ({ name, query: path(values, random) })));
  const known: Question[] = [
    ...values.patients.slice(0, 5).flatMap(({ family }) => ['', ':contains'].map((modifier) => ({ name: 'Patient.name', query: `Patient?name${modifier}=${encodeURIComponent(family.slice(0, 4))}` }))),
    ...values.cities.slice(0, 5).map((city) => ({ name: 'Patient.address', query: `Patient?address=${encodeURIComponent(city)}` })),
    ...values.organizations.slice(0, 3).map((name) => ({ name: 'Organization.name', query: `Organization?name=${encodeURIComponent(name)}` })),
  ];
  const fixed = pairs(values).flatMap((pair) => allQueries(pair)).filter((_, n) => n % oneOf[profile.name] === 0).map((query) => ({ name: query, query }));
  return [...fixed, ...shapes, ...known].filter(({ query }, n, all) => all.findIndex((other) => other.query === query) === n);
}

/** Queries that are no searches, or whose answer is not a list of matches; and times that are the server's own. */
const isBeyond = (query: string): boolean => !query.includes('?') || /\$everything|_history|_lastUpdated|_tag=/.test(query);

async function compareIds(client: Client, { query }: Question, data: Data): Promise<string | undefined> {
  if (isBeyond(query)) {
    const reply = await client.send('other', { method: 'GET', path: query }, [200]);
    return reply?.status === 200 ? undefined : `is ${reply?.status ?? 'not answered'}`;
  }
  const counted = query.includes('_summary=count');
  const asked = counted ? query : `${query.replace(/[?&](?:_count|_total|_revinclude|_include|_sort)=[^&]*/g, (part) => (part.startsWith('?') ? '?' : '')).replace('?&', '?')}`.replace(/\?$/, '');
  const expected = expectedOf(asked, data);
  if (expected === undefined) return fewerThanAll(client, asked, data);
  const found = new Set<string>();
  let next: string | undefined = counted ? asked : `${asked}${asked.includes('?') ? '&' : '?'}_count=${pageSize}`;
  for (let pages = 0; next !== undefined && pages < longest; pages++) {
    const page = await getPage(client, 'search', next);
    if (page === undefined) return 'is refused';
    if (counted) return page.total === expected.size ? undefined : `counts ${page.total} of ${expected.size}`;
    for (const id of page.ids) found.add(id);
    next = page.next;
  }
  const missing = [...expected].filter((id) => !found.has(id)).length;
  const extra = [...found].filter((id) => !expected.has(id)).length;
  return missing === 0 && extra === 0 ? undefined : `finds ${found.size} of ${expected.size}: ${missing} missing, ${extra} too many`;
}

/** @returns names of what must be found, or undefined of a query that the oracle does not judge, such as of full text */
function expectedOf(query: string, data: Data): ReadonlySet<string> | undefined {
  try {
    return new Set(search(data, parseQuery(query), { approximate: 'narrow', now: new Date(), canonicalUnits: true }).map(({ type, id }) => `${type}/${id}`));
  } catch (error) {
    if (error instanceof BadQuery) return undefined;
    throw error;
  }
}

async function fewerThanAll(client: Client, query: string, data: Data): Promise<string | undefined> {
  const page = await getPage(client, 'search', `${query}&_count=${pageSize}`);
  if (page === undefined) return 'is refused';
  return page.ids.length < Math.min(pageSize, data.ofType(query.slice(0, query.indexOf('?'))).length) ? undefined : 'finds all there is';
}
