/** $reindex: makes the search index of all resources, or of some types, anew, while the server works. An operation of this server's own. */
import { badValue } from '../fhir/outcome.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { accepted } from '../rest/job.ts';
import { enqueueReindex } from '../store/reindex-job.ts';

export const reindex = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'urn:verbatim:OperationDefinition/reindex',
  name: 'Reindex',
  title: 'Make the search index anew',
  description: 'Makes the search index of all resources, or of some types, anew from their texts; it is done in the background, while the server works',
  affectsState: true,
  code: 'reindex',
  resource: [],
  system: true,
  type: false,
  instance: false,
  parameter: [
    { name: 'type', use: 'in', min: 0, max: '*', type: 'code', documentation: 'Only these types; resources that contain one are among them' },
    { name: 'resources', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many were looked at' },
    { name: 'changed', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many of them, or of those that they contain, were indexed otherwise before' },
  ],
}, async ({ type }, request, context) => {
  const { definitions, db, tx } = context;
  const wrong = type.find((name) => !definitions.hasResourceType(name));
  if (wrong !== undefined) throw badValue(`"type" of $reindex is "${wrong.slice(0, 80)}", which is not a resource type of R4`);
  const types = type.length === 0 ? definitions.resourceTypes : [...new Set(type)];
  return accepted(request, await enqueueReindex(tx ?? db.write, types));
}, { isJob: true });
