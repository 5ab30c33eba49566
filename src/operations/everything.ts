/**
 * $everything: a patient's record, or all about an encounter. R4: patient-operation-everything.html, encounter-operation-everything.html.
 *
 * It is a search of the compartment, with what its members refer to. DECISIONS.md "$everything" says which of that.
 */
import type { Context } from '../context.ts';
import { badValue, deleted, notFound } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { defineOperation, type FhirRequest, type FhirResponse, type OperationParameter, type Parameters } from '../rest/endpoint.ts';
import { cursorParameter } from '../rest/cursor.ts';
import { isControl } from '../rest/parameters.ts';
import { search } from '../rest/search.ts';
import { careDateWithin } from '../search/care-date.ts';
import type { Condition, Linked } from '../search/condition.ts';
import { compartmentKey } from '../search/extract.ts';
import { parseCriteria } from '../search/parse.ts';
import { current } from '../store/read.ts';
import { storedTypes, typesWithKey } from '../store/types.ts';

/** Types that complete what a member says, and are nobody's in particular. Directories (Practitioner, Organization, Location) come where `_type` names them. */
const completing = ['Medication', 'Substance', 'Device'] as const;

const pageSize = { default: 10_000, largest: 10_000 } as const;

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
  { name: '_count', use: 'in', min: 0, max: '1', type: 'integer', documentation: `Resources on a page, at most ${pageSize.largest}, which holds where nothing is said` },
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

async function everything(compartment: string, referred: readonly string[], input: Input, request: FhirRequest, context: Context): Promise<FhirResponse> {
  const id = checkedId(request.path[1]!);
  const stored = await current(context.tx ?? context.db.read, compartment, id);
  if (stored === undefined) throw notFound(`${compartment}/${id} is not known`);
  if (stored.body === null) throw deleted(`${compartment}/${id} was deleted`);
  const applied = Object.entries(input).filter(([name, value]) => value !== undefined && String(value) !== '' && name !== '_count' && name !== cursorParameter)
    .map(([name, value]) => [name, String(value)] as const);
  const paging: Parameters = (['_count', cursorParameter] as const).flatMap((name) => (input[name] === undefined ? [] : [[name, String(input[name])] as const]));
  return search({ ...request, parameters: [...paging, ...request.parameters.filter(([name]) => isControl(name))] }, context, {
    branches: await branchesOf(compartment, id, referred, input, context), path: `${compartment}/${id}/$everything`, applied, pageSize, isCounted: true,
  });
}

async function branchesOf(compartment: string, id: string, referred: readonly string[], input: Input, { db, tx, definitions, index }: Context): Promise<Linked[]> {
  const connection = tx ?? db.search;
  const wanted = wantedTypes(input, definitions.hasResourceType);
  const now = new Date();
  const inside = definitions.compartments.get(compartment)!;
  const key = compartmentKey(index, compartment, id);
  const stored = await storedTypes(connection);
  const isMember = (type: string): boolean => inside.has(type) || type === compartment;
  const present = await typesWithKey(connection, stored.filter(isMember), key);
  const members = present.map((type): Linked => {
    const within = careDateWithin(type, input.start, input.end, index, now);
    return { type, conditions: [{ kind: 'keys', any: [key] }, ...(within === undefined ? [] : [within])] };
  });
  const others = stored.filter((type) => !isMember(type) && (wanted ?? referred).includes(type))
    .map((type): Linked => ({ type, conditions: [{ kind: 'referenced', by: members }] }));
  const changed = (type: string): Condition[] => (input._since === undefined ? [] : parseCriteria(type, [['_lastUpdated', `ge${input._since}`]], index, 'strict', now).conditions);
  return [...members, ...others].filter(({ type }) => wanted === undefined || wanted.includes(type))
    .map(({ type, conditions }) => ({ type, conditions: [...conditions, ...changed(type)] }));
}

/** @throws FhirError 400 for what is no resource type */
function wantedTypes({ _type }: Input, isType: (name: string) => boolean): string[] | undefined {
  if (_type === undefined || _type.length === 0) return undefined;
  const wanted = _type.flatMap((value) => value.split(',')).filter((type) => type !== '');
  const wrong = wanted.find((type) => !isType(type));
  if (wrong !== undefined) throw badValue(`"_type" names "${wrong.slice(0, 80)}", which is not a resource type of R4`);
  return wanted;
}
