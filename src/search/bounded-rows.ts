/** Rows of a page of one type, by a walk or out of all that the rarest criterion selects: which of the two is the shorter way. DECISIONS.md "Pages". */
import type { Queryable } from '../db/pool.ts';
import type { Sql } from '../db/sql.ts';
import { isWithinBounds, rowWalkStatement, setStatement, walkStatement } from './bounded.ts';
import { isOfChains } from './chained.ts';
import { isIndexOrder, type PageRequest } from './compile.ts';
import type { Condition } from './condition.ts';
import { decidedByRows, findDriver, flat, isDecisive } from './driver.ts';
import type { SearchIndex } from './extract.ts';
import { keysPage, loneKeys } from './keys-page.ts';
import { counted, run, withRest, type Row } from './page-rows.ts';
import type { Query } from './query.ts';
import { loneTargets, targetsPage } from './targets-page.ts';
import type { ShapeKeys } from './terms.ts';

/**
 * What selects so few is found as a whole. A walk that fills a page of twenty looks at 20 rows ÷ the share that matches, each for half of what
 * one of all matches costs: both cost the same at the root of ten times the rows. With other criteria, which a fifth may meet, it looks at five times as many.
 */
const fewMatches = (rows: number, criteria: number): number => (rows === Infinity ? 5_000 : Math.min(5_000, Math.max(500, Math.round(Math.sqrt((criteria > 1 ? 50 : 10) * rows)))));
/** The same of the values that stand with a code, which are walked: of a code's rows, not of all, and each for a third of what a resource takes. */
const fewTuples = 1_000;
/** So many are looked at for a total that was not asked for. */
const fewCounted = 200;
/** Of so many resources all matches are found sooner than a walk that may not fill its page is made twice. */
const smallTable = 2_000;
/** A walk begins with so many resources, and takes eight times as many each time that the page does not fill. */
const firstWalk = 4_000;

/**
 * Whether what selects the whole is read in the same way, whatever its values: of a small table everything, keys by their index, and a range with both
 * ends by its own. Of an open range Postgres expects a third of all rows where it does not see the value.
 */
const isPlanKnown = (driver: Condition | undefined): boolean => driver === undefined || driver.kind === 'keys'
  || ((driver.kind === 'date' || driver.kind === 'quantity' || driver.kind === 'canonical') && driver.any.every(({ lowFrom, lowBelow, highUpTo }) => lowFrom !== undefined && (lowBelow ?? highUpTo) !== undefined));

/** @returns undefined where the query is none for the statements of bounded.ts */
export async function boundedRows(db: Queryable, query: Query, request: PageRequest, shapes: ShapeKeys, index: SearchIndex): Promise<Row[] | undefined> {
  const [branch, ...others] = query.branches;
  const canWalk = query.sort.length === 0 || isIndexOrder(query, request.start);
  if (branch === undefined || others.length > 0 || branch.conditions.length === 0) return undefined;
  const targets = loneTargets(query, flat(branch.conditions));
  if (targets !== undefined) return index.prepared.query(db, targetsPage(branch.type, targets, request));
  const frequency = await index.frequencies.of(db, branch.type);
  const walked = query.sort.length === 0 ? decidedByRows(branch.conditions) : undefined;
  const few = walked !== undefined && isDecisive(walked.condition) ? fewTuples : fewMatches(frequency.rows, flat(branch.conditions).length);
  const { conditions, condition, matches, isLinked } = await findDriver(db, branch, frequency, shapes, { matches: few, ...(walked !== undefined && { tuples: fewTuples }) });
  const counting = request.counting === 'cheap' && Math.min(matches, frequency.rows) > fewCounted && frequency.rows !== Infinity ? 'none' : request.counting;
  const keys = loneKeys(query, conditions);
  // What leads to other resources is planned by how many it leads to; and a plan for a table of which nothing is known would stay when it is filled.
  const prepared = (statement: Sql, isKnown = true): Promise<Row[]> => (isKnown && !isLinked && frequency.rows !== Infinity ? index.prepared.query(db, statement) : run(db, statement));
  // The rows of the only criterion, where nothing is known of it or they are too many.
  const first = matches <= few ? condition : walked?.condition ?? condition;
  const set = (): Promise<Row[]> => (keys !== undefined ? prepared(keysPage(branch.type, keys, request))
    : prepared(setStatement(query, { ...request, counting }, conditions, first, shapes), isPlanKnown(first)));
  if (matches <= few || (walked === undefined && matches !== Infinity && condition !== undefined && isDecisive(condition)) || (!isLinked && frequency.rows <= Math.max(few, smallTable))) return set();
  if (isLinked && !(canWalk && isOfChains(conditions))) return undefined;
  if (!canWalk || (query.sort.length > 0 && request.start?.values[0] === null)) return set();
  // All are counted once, by a statement of its own, and not for each width: whoever asks for that reads in one snapshot, or in a transaction that writes.
  const sought = counted(query, { ...request, counting: counting === 'all' ? 'none' : counting });
  // Where keys decide all, finding the whole costs an eighth of a walk over as many resources.
  const most = Math.min(matches, frequency.rows) * (conditions.every(({ kind }) => kind === 'keys' || kind === 'missing') ? 1 / 8 : 2);
  // A page further on may be near the end; else the walk would have to be about as wide as the table.
  const canBeLast = (width: number): boolean => request.start !== undefined || frequency.rows === Infinity || frequency.rows < 2 * width || isWithinBounds(query);
  // Matches found tell how wide the walk has to be: one that lacks a few goes on, though to find the whole may take less than one of that width. Up to
  // eight times `most` are walked where what comes has none.
  let expected = 0;
  for (let width = firstWalk; width === firstWalk || (Math.min(width, expected) <= most && !isLinked); width *= 8) {
    const rows = await prepared(walked === undefined ? walkStatement(query, sought, width, shapes, canBeLast(width)) : rowWalkStatement(query, sought, width, shapes, walked));
    const found = rows.filter(({ rid }) => rid !== null);
    if (found.length === request.limit) return found;
    if (rows[0]!.is_last === true) return query.sort.length === 0 ? found : withRest(db, query, sought, found, shapes);
    // A part of a text is looked for in all texts of the parameter: once, and not in the order of the page.
    if (first?.kind === 'string' && first.any.some(({ form }) => form === 'contains')) break;
    expected = found.length === 0 ? Infinity : ((2 * width * request.limit) / found.length);
  }
  return isLinked ? undefined : set();
}
