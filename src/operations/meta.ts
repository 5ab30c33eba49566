/** $meta: the profiles, tags and security labels of a resource, of a type, or of the whole server. R4: resource-operation-meta.html. */
import { deleted, notFound } from '../fhir/outcome.ts';
import { metaOf, metaParameters, metaText } from '../fhir/meta.ts';
import { checkedId } from '../fhir/resource.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { versionHeaders } from '../rest/resource-response.ts';
import { metaInUse } from '../store/meta.ts';
import { current } from '../store/read.ts';

export const meta = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'http://hl7.org/fhir/OperationDefinition/Resource-meta',
  name: 'Meta',
  title: 'Profiles, tags and security labels',
  description: 'Gives the meta of a resource; on a type or on the whole server, every profile, tag and security label in use there',
  affectsState: false,
  code: 'meta',
  resource: ['Resource'],
  system: true,
  type: true,
  instance: true,
  parameter: [{ name: 'return', use: 'out', min: 1, max: '1', type: 'Meta', documentation: 'What was found' }],
}, async (_input, request, context) => {
  const [first, id, last] = request.path;
  const type = first === '$meta' ? undefined : first!;
  if (type === undefined || last === undefined) {
    return { status: 200, headers: {}, body: metaParameters(metaOf(await metaInUse(context.tx ?? context.db.search, type))) };
  }
  checkedId(id!);
  const stored = await current(context.tx ?? context.db.read, type, id!);
  if (stored === undefined) throw notFound(`${type}/${id} is not known`);
  const headers = versionHeaders(request.base, { type, id: id!, ...stored });
  if (stored.body === null) throw deleted(`${type}/${id} was deleted`, { headers });
  return { status: 200, headers: { etag: headers['etag']!, 'last-modified': headers['last-modified']! }, body: metaParameters(String(metaText(Buffer.from(stored.body)) ?? '{}')) };
});
