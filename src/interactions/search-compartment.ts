/** Searches in a compartment: what belongs to a patient, an encounter, a device, a practitioner, a related person. R4: http.html#vsearch, compartmentdefinition.html. */
import type { Context } from '../context.ts';
import { unknownPath } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import type { Description } from '../rest/description.ts';
import { defineInteraction, type FhirRequest, type FhirResponse } from '../rest/endpoint.ts';
import { search } from '../rest/search.ts';
import { inForm, searchAnswers, searchTakes } from '../rest/search-request.ts';
import { compartmentKey } from '../search/extract.ts';
import { storedTypes } from '../search/stored-types.ts';

const described = {
  isFor: (type, { compartments }) => compartments.has(type),
  variables: { member: { description: 'A type, or `*` for all of them', values: (type, { compartments }) => ['*', ...(compartments.get(type)?.keys() ?? [])] } },
  takes: { ...searchTakes, criteria: 'common' },
  answers: { ...searchAnswers, status: [200, 304, 404] },
} as const satisfies Description;

/** `/Patient/1/Observation`, and `/Patient/1/*` for all types. */
export const searchCompartment = defineInteraction({
  code: 'search-type',
  method: ['GET', 'HEAD'],
  path: '/:type/:id/:member',
  summary: 'Find what belongs to it',
  ...described,
  handler: searchIn,
});

/** By POST; not in R4, and sent by clients. */
export const searchCompartmentByPost = defineInteraction({
  code: 'search-type',
  method: ['POST'],
  path: '/:type/:id/:member/_search',
  summary: 'Find what belongs to it, by criteria in a form',
  ...inForm(described),
  handler: searchIn,
});

async function searchIn(request: FhirRequest, context: Context): Promise<FhirResponse> {
  const [compartment, id, member] = request.path as [string, string, string];
  const { definitions, index } = context;
  const members = definitions.compartments.get(compartment);
  if (members === undefined) throw unknownPath(`There is no compartment of ${compartment}; there are ${[...definitions.compartments.keys()].join(', ')}`);
  checkedId(id);
  if (member !== '*' && !members.has(member)) throw unknownPath(`${definitions.hasResourceType(member) ? '' : 'There is no type '}"${member.slice(0, 80)}"${definitions.hasResourceType(member) ? ` is no part of the ${compartment} compartment` : ''}`);
  const types = member !== '*' ? [member] : (await storedTypes(context.tx ?? context.db.search)).filter((type) => members.has(type) || type === compartment);
  return search(request, context, {
    branches: (types.length === 0 ? [compartment] : types).map((type) => ({ type, conditions: [{ kind: 'keys', any: [compartmentKey(index, compartment, id)] }] })),
    path: `${compartment}/${id}/${member}`, applied: [],
  });
}
