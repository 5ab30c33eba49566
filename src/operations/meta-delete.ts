/** $meta-delete: takes profiles, tags and security labels from a resource. R4: resource-operation-meta-delete.html. */
import { metaSetsOfValue, removeFromMeta } from '../fhir/meta.ts';
import { changeMeta } from '../rest/change-meta.ts';
import { defineOperation } from '../rest/endpoint.ts';

export const metaDelete = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-delete',
  name: 'MetaDelete',
  title: 'Delete profiles, tags and security labels',
  description: 'Takes the profiles, tags and security labels of a meta from a resource; those that it does not have are no error; a change makes a new version',
  affectsState: true,
  code: 'meta-delete',
  resource: ['Resource'],
  system: false,
  type: false,
  instance: true,
  parameter: [
    { name: 'meta', use: 'in', min: 1, max: '1', type: 'Meta', documentation: 'What to take away; profiles are compared by URL, tags and labels by system and code' },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Meta', documentation: 'The meta that results' },
  ],
}, ({ meta }, request, context) => changeMeta(request, context, (resource) => removeFromMeta(resource, metaSetsOfValue(meta))));
