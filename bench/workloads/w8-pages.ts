/** W8: a walk through many pages while others insert. The last pages are to be as fast as the first, and nothing seen twice or missed. */
import { median } from '../load/percentile.ts';
import { getPage } from './pages.ts';
import type { Session, Workload } from './workload.ts';

const pages = { quick: 20, full: 200 } as const;
const searches = ['Observation?_count=100', 'Observation?code=http://loinc.org|8302-2&_count=50'] as const;
const quickSearches = ['Observation?_count=20', 'Observation?code=http://loinc.org|8302-2&_count=10'] as const;
/** Of the pages of a walk, the part that its beginning and its end are taken over, and the fewest pages: single ones differ by what else the machine does. */
const ends = { part: 0.1, least: 5 };
/** Milliseconds between inserts. */
const pause = 20;

export const pageWalk: Workload = {
  id: 'w8', title: 'Page walk with concurrent inserts', stage: 'write',
  async run(session) {
    const longest = pages[session.profile.name];
    for (const first of session.profile.name === 'quick' ? quickSearches : searches) {
      const quiet = await walk(session, `${first}, quiet`, first, longest, false);
      const busy = await walk(session, `${first}, while others insert`, first, longest, true);
      const seen = new Set(busy.ids);
      const some = Math.max(ends.least, Math.round(busy.times.length * ends.part));
      // The second walk may have come less far.
      const reached = busy.isWhole ? quiet.ids : quiet.ids.slice(0, Math.max(0, busy.ids.length - busy.inserted));
      session.note(`${first}, check`, {
        pages: busy.times.length, 'seen twice': busy.ids.length - seen.size, missed: reached.filter((id) => !seen.has(id)).length,
        'last pages / first pages': (median(busy.times.slice(-some)) ?? 0) / (median(busy.times.slice(0, some)) ?? 1),
      });
    }
  },
};

interface Walk {
  readonly ids: readonly string[];
  readonly times: readonly number[];
  readonly inserted: number;
  readonly isWhole: boolean;
}

async function walk({ measure, harvest }: Session, name: string, first: string, longest: number, isBusy: boolean): Promise<Walk> {
  const ids: string[] = [];
  const times: number[] = [];
  let inserted = 0;
  let isEnded = false;
  let isWhole = false;
  const observation = JSON.stringify({ resourceType: 'Observation', status: 'final', code: { coding: [{ system: 'http://loinc.org', code: '8302-2' }] }, subject: { reference: `Patient/${harvest.patients[0]?.id ?? 'none'}` }, effectiveDateTime: '2021-03-04', valueQuantity: { value: 170 } });
  await measure(name, { clients: isBusy ? 2 : 1, turns: isBusy ? 2 : 1 }, async (client) => {
    if (client.index === 1) {
      while (!isEnded) {
        await client.send('insert', { method: 'POST', path: 'Observation', body: observation });
        inserted++;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
      return;
    }
    let next: string | undefined = first;
    while (next !== undefined && times.length < longest) {
      const began = performance.now();
      const page = await getPage(client, 'page', next);
      if (page === undefined) break;
      times.push(performance.now() - began);
      ids.push(...page.ids);
      next = page.next;
    }
    isWhole = next === undefined;
    isEnded = true;
  });
  return { ids, times, inserted, isWhole };
}
