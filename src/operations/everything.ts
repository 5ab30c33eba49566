/**
 * $everything: a patient's record, or all about an encounter. R4: patient-operation-everything.html, encounter-operation-everything.html.
 *
 * It is a search of the compartment, with what its members refer to. DECISIONS.md "$everything" says which of that.
 */
import type { Context } from '../context.ts';
import type { Queryable } from '../db/pool.ts';
import { badValue, deleted, notFound } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { cursorParameter, decodeCursor, encodeCursor } from '../rest/cursor.ts';
import { defineOperation, type FhirRequest, type FhirResponse, type OperationParameter } from '../rest/endpoint.ts';
import { pageLinks } from '../rest/links.ts';
import { pageResponse } from '../rest/page-response.ts';
import { isControl, isWithoutMeaning } from '../rest/parameters.ts';
import { represent } from '../rest/representation.ts';
import { careDateWithin } from '../search/care-date.ts';
import type { Linked } from '../search/condition.ts';
import { compartmentKey } from '../search/extract.ts';
import { recordCount, recordPage, type RecordEntry, type RecordQuery, type RecordStart } from '../search/record.ts';
import { current } from '../store/read.ts';
import { storedTypes } from '../search/stored-types.ts';

/** Types that complete what a member says, and are nobody's in particular. Directories (Practitioner, Organization, Location) come where `_type` names them. */
const completing = ['Medication', 'Substance', 'Device'] as const;

/** Resources on a page where nothing else is said, and at most: most records are one answer. */
const pageSize = 10_000;

interface Input {
  readonly start?: string;
  readonly end?: string;
  readonly _since?: string;
  readonly _type?: readonly string[];
  readonly _count?: number;
  readonly '-page'?: string;
}

const shared = [
  { name: '_since', use: 'in', min: 0, max: '1', type: 'instant', documentation: 'Only what changed at or after this instant' },
  { name: '_type', use: 'in', min: 0, max: '*', type: 'code', documentation: 'Only these types, also separated by commas; types outside of the compartment where members refer to them' },
  { name: '_count', use: 'in', min: 0, max: '1', type: 'integer', documentation: `Resources on a page, at most ${pageSize}, which holds where nothing is said` },
  { name: cursorParameter, use: 'in', min: 0, max: '1', type: 'string', documentation: 'Which page, as a link of the answer gives it' },
  { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A searchset' },
] as const satisfies readonly OperationParameter[];

const facts = {
  resourceType: 'OperationDefinition', name: 'Everything', code: 'everything', affectsState: false, system: false, type: false, instance: true,
} as const;

export const patientEverything = defineOperation({
  ...facts,
  url: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
  title: 'The record of a patient',
  description: 'Gives the patient, everything in the compartment, and the medications, substances and devices that it refers to',
  resource: ['Patient'],
  parameter: [
    { name: 'start', use: 'in', min: 0, max: '1', type: 'date', documentation: 'Only care on or after this date' },
    { name: 'end', use: 'in', min: 0, max: '1', type: 'date', documentation: 'Only care on or before this date' },
    ...shared,
  ],
}, (input, request, context) => everything('Patient', completing, input as Input, request, context));

export const encounterEverything = defineOperation({
  ...facts,
  url: 'http://hl7.org/fhir/OperationDefinition/Encounter-everything',
  title: 'All about an encounter',
  description: 'Gives the encounter, its patient, everything in its compartment, and the medications, substances and devices that it refers to',
  resource: ['Encounter'],
  parameter: shared,
}, (input, request, context) => everything('Encounter', ['Patient', ...completing], input as Input, request, context));

async function everything(compartment: string, completing: readonly string[], input: Input, request: FhirRequest, context: Context): Promise<FhirResponse> {
  const { definitions, tx } = context;
  const id = checkedId(request.path[1]!);
  const start = input[cursorParameter] === undefined ? undefined : startOf(input[cursorParameter]);
  const limit = Math.min(input._count ?? pageSize, pageSize);
  if (limit < 0) throw badValue(`"_count" is "${input._count}", which is not a whole number`);
  // A client takes the time of the answer for its next _since: it ends where every change is settled.
  const time = await (input._since === undefined || tx !== undefined ? context.horizon.recent() : context.horizon.now());
  // Of one transaction nothing may go on when it is refused.
  if (tx !== undefined) await requireThere(compartment, id, context);
  const reading = limit === 0 ? inSnapshot(context, async (connection) => recordCount(connection, await queryOf(compartment, id, completing, input, time, connection, context)))
    : readPage(compartment, id, completing, input, time, start, limit + 1, context);
  const [read] = await Promise.all([reading, tx === undefined && requireThere(compartment, id, context)]);
  // As _summary=count.
  const [found, total] = typeof read === 'number' ? [[], read] : [read, undefined];
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const hasNext = found.length > limit;
  const controls = request.parameters.filter(([name, value]) => isControl(name) && !isWithoutMeaning(name) && value !== '');
  const applied = [...Object.entries(input).filter(([name]) => name !== cursorParameter).map(([name, value]) => [name, String(value ?? '')] as const).filter(([, value]) => value !== ''), ...controls];
  const links = pageLinks(`${request.base}/${compartment}/${id}/$everything`, applied, input[cursorParameter], hasNext && last !== undefined ? { next: encodeCursor([last.part === 'members' ? 'm' : 'r', last.rid]) } : {});
  return pageResponse(request, {
    type: 'searchset',
    lastUpdated: time,
    ...((total !== undefined || (start === undefined && !hasNext)) && { total: total ?? shown.length }),
    links: total !== undefined ? links.slice(0, 1) : links,
    entries: shown.map(({ type, id: its, body }) => ({ fullUrl: `${request.base}/${type}/${its}`, resource: represent(type, body, request.parameters, definitions), search: { mode: 'match' } })),
  });
}

/** @throws FhirError 404 where it is not known, 410 where it was deleted */
async function requireThere(compartment: string, id: string, { db, tx }: Context): Promise<void> {
  const stored = await current(tx ?? db.read, compartment, id);
  if (stored === undefined) throw notFound(`${compartment}/${id} is not known`);
  if (stored.body === null) throw deleted(`${compartment}/${id} was deleted`);
}

async function readPage(
  compartment: string, id: string, completing: readonly string[], input: Input, time: Date, start: RecordStart | undefined, limit: number, context: Context,
): Promise<RecordEntry[]> {
  const { db, tx, definitions, index, wholeRecord } = context;
  if (input.start === undefined && input.end === undefined && input._since === undefined && wantedTypes(input, definitions.hasResourceType) === undefined) {
    const inside = definitions.compartments.get(compartment)!;
    const isMember = (type: string): boolean => inside.has(type) || type === compartment;
    return wholeRecord.page(tx ?? db.search, index.prepared, { key: compartmentKey(index, compartment, id), isMember, referred: completing.filter((type) => !isMember(type)) }, start, limit);
  }
  return inSnapshot(context, async (connection) => recordPage(connection, await queryOf(compartment, id, completing, input, time, connection, context), start, limit));
}

const inSnapshot = <T>({ db, tx, exchange }: Context, read: (connection: Queryable) => Promise<T>): Promise<T> =>
  (tx !== undefined ? read(tx) : db.search.transaction({ isolation: 'repeatable read', readOnly: true, signal: exchange.signal }, read));

function startOf(cursor: string): RecordStart {
  const [part, rid] = decodeCursor(cursor, [/^[mr]$/, /^[0-9]{1,18}$/]);
  return { part: part === 'm' ? 'members' : 'referred', rid: rid! };
}

async function queryOf(
  compartment: string, id: string, completing: readonly string[], input: Input, time: Date, connection: Queryable, { tx, definitions, index }: Context,
): Promise<RecordQuery> {
  const wanted = wantedTypes(input, definitions.hasResourceType);
  const now = new Date();
  const inside = definitions.compartments.get(compartment)!;
  const isMember = (type: string): boolean => inside.has(type) || type === compartment;
  const stored = await storedTypes(connection);
  const members = stored.filter(isMember).map((type): Linked => {
    const within = careDateWithin(type, input.start, input.end, index, now);
    return { type, conditions: within === undefined ? [] : [within] };
  });
  return {
    key: compartmentKey(index, compartment, id), members,
    referred: stored.filter((type) => !isMember(type) && (wanted ?? completing).includes(type)),
    shown: members.map(({ type }) => type).filter((type) => wanted === undefined || wanted.includes(type)),
    since: input._since === undefined ? undefined : new Date(input._since),
    until: input._since === undefined || tx !== undefined ? undefined : time,
  };
}

/** @throws FhirError 400 for what is no resource type */
function wantedTypes({ _type }: Input, isType: (name: string) => boolean): string[] | undefined {
  if (_type === undefined || _type.length === 0) return undefined;
  const wanted = _type.flatMap((value) => value.split(',')).filter((type) => type !== '');
  const wrong = wanted.find((type) => !isType(type));
  if (wrong !== undefined) throw badValue(`"_type" names "${wrong.slice(0, 80)}", which is not a resource type of R4`);
  return wanted;
}
