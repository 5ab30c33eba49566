/**
 * DocumentReference/$docref of US Core: the references to a patient's documents. It is a search of what is stored; no document is made on
 * demand. http://hl7.org/fhir/us/core/OperationDefinition/docref.
 */
import { badValue } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import type { JsonObject } from '../fhir/json/value.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { pageLinks } from '../rest/links.ts';
import { pageResponse } from '../rest/page-response.ts';

export const docref = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'http://hl7.org/fhir/us/core/OperationDefinition/docref',
  name: 'Docref',
  title: 'References to the documents of a patient',
  description: 'Gives the DocumentReferences of a patient: of care between two times, or the current ones, the newest first',
  code: 'docref',
  affectsState: false, resource: ['DocumentReference'], system: false, type: true, instance: false,
  parameter: [
    { name: 'patient', use: 'in', min: 1, max: '1', type: 'id', documentation: 'Id of the patient' },
    { name: 'start', use: 'in', min: 0, max: '1', type: 'dateTime', documentation: 'Only documents about care at or after this time' },
    { name: 'end', use: 'in', min: 0, max: '1', type: 'dateTime', documentation: 'Only documents about care at or before this time' },
    { name: 'type', use: 'in', min: 0, max: '*', type: 'Coding', documentation: 'Only documents of one of these types' },
    { name: 'on-demand', use: 'in', min: 0, max: '1', type: 'boolean', documentation: 'Whether only documents that are made on demand are wanted; there are none here' },
    { name: 'profile', use: 'in', min: 0, max: '*', type: 'canonical', documentation: 'Only DocumentReferences that claim one of these profiles' },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Bundle', documentation: 'A searchset' },
  ],
}, async ({ patient, start, end, type, 'on-demand': onDemand, profile }, request, context) => {
  // Documents on demand are made when they are asked for, and none are made here.
  if (onDemand === true) return pageResponse(request, { type: 'searchset', lastUpdated: await context.horizon.recent(), total: 0, links: pageLinks(`${request.base}/DocumentReference/$docref`, [['patient', patient], ['on-demand', 'true']], undefined, {}), entries: [] });
  const isOfAnyTime = start === undefined && end === undefined;
  const criteria: (readonly [string, string | undefined])[] = [
    ['patient', `Patient/${checkedId(patient)}`],
    ['period', start && `ge${start}`],
    ['period', end && `le${end}`],
    ['status', isOfAnyTime ? 'current' : undefined],
    ['type', listOf(type.map(tokenOf))],
    ['_profile', listOf(profile)],
    ['_sort', '-date'],
  ];
  const parameters = criteria.filter((one): one is readonly [string, string] => one[1] !== undefined);
  const { body: _, ...asSearch } = request;
  return context.dispatch({ ...asSearch, method: 'GET', path: ['DocumentReference'], parameters }, context);
}, { needs: 'usCore' });

const listOf = (values: readonly string[]): string | undefined => (values.length === 0 ? undefined : values.join(','));

const escaped = (text: string): string => text.replace(/[\\,$|]/g, '\\$&');

function tokenOf({ system, code }: JsonObject): string {
  if (typeof code !== 'string') throw badValue('A "type" has no code', { expression: 'Parameters.parameter' });
  return typeof system === 'string' ? `${escaped(system)}|${escaped(code)}` : escaped(code);
}
