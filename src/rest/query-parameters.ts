/** Parameters of a request that several interactions take, described once. R4: http.html#parameters, http.html#history, search.html#return. */
import { cursorParameter } from './cursor.ts';
import type { QueryParameter } from './description.ts';
import { dryRunParameter } from './dry-run-parameter.ts';
import { explainParameter } from './explain-parameter.ts';
import { acceptedJson } from './media-types.ts';
import { largestCount } from './parameters.ts';

const page = { name: cursorParameter, type: 'string', description: 'Which page, as a link of the answer gives it' } as const;

export const queryParameters = {
  _count: { name: '_count', type: 'unsignedInt', description: `Entries on a page, at most ${largestCount}; 0 counts only` },
  _total: { name: '_total', type: 'code', values: ['none', 'estimate', 'accurate'], description: 'Whether all matches are counted' },
  _sort: { name: '_sort', type: 'string', many: 'commas', description: 'Search parameters to order by, descending after a minus: `-_lastUpdated`' },
  _include: { name: '_include', type: 'string', many: 'repeated', description: 'Add what matches refer to: `Observation:subject`, or `*`' },
  _revinclude: { name: '_revinclude', type: 'string', many: 'repeated', description: 'Add what refers to matches: `Provenance:target`' },
  _list: { name: '_list', type: 'id', many: 'commas', description: 'Only what the List of this id has: `42`' },
  _type: { name: '_type', type: 'code', many: 'commas', description: 'Only these types: `Patient`' },
  _summary: { name: '_summary', type: 'code', values: ['true', 'text', 'data', 'count', 'false'], description: 'Which part of each resource' },
  _elements: { name: '_elements', type: 'string', many: 'commas', description: 'Only these elements, and the mandatory ones' },
  _since: { name: '_since', type: 'instant', description: 'Only versions made at or after this instant' },
  _at: { name: '_at', type: 'dateTime', description: 'Only versions that were current at some time in this period' },
  [explainParameter]: { name: explainParameter, type: 'boolean', description: 'Answer with the query, its SQL and plans instead of the result, where EXPLAIN is on' },
  _cascade: { name: '_cascade', type: 'code', values: ['delete'], description: 'Delete what refers to it too, where CASCADE_DELETE allows it' },
  [dryRunParameter]: { name: dryRunParameter, type: 'boolean', description: 'Carry it out, answer as ever, and roll it back: nothing stays' },
  _format: { name: '_format', type: 'code', values: ['json', ...acceptedJson], description: 'Media type of the answer; outranks Accept' },
  _pretty: { name: '_pretty', type: 'boolean', description: 'Lay the answer out with white space' },
  [cursorParameter]: page,
} as const satisfies Readonly<Record<string, QueryParameter>>;
