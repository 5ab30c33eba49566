/** $meta-add: adds profiles, tags and security labels to a resource. R4: resource-operation-meta-add.html. */
import { addToMeta, metaSetsOfValue } from '../fhir/meta.ts';
import { changeMeta } from '../rest/change-meta.ts';
import { defineOperation } from '../rest/endpoint.ts';

export const metaAdd = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'http://hl7.org/fhir/OperationDefinition/Resource-meta-add',
  name: 'MetaAdd',
  title: 'Add profiles, tags and security labels',
  description: 'Adds the profiles, tags and security labels of a meta to a resource, each of which it then has once; a change makes a new version',
  affectsState: true,
  code: 'meta-add',
  resource: ['Resource'],
  system: false,
  type: false,
  instance: true,
  parameter: [
    { name: 'meta', use: 'in', min: 1, max: '1', type: 'Meta', documentation: 'What to add; profiles are compared by URL, tags and labels by system and code' },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'Meta', documentation: 'The meta that results' },
  ],
}, ({ meta }, request, context) => changeMeta(request, context, (resource) => addToMeta(resource, metaSetsOfValue(meta))));
