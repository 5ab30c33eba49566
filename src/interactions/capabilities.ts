/** capabilities: what this server can do. R4: http.html#capabilities. */
import { badValue, notSupported } from '../fhir/outcome.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { isControl, singleValue } from '../rest/parameters.ts';
import { represent } from '../rest/representation.ts';

export const capabilities = defineInteraction({
  code: 'capabilities',
  method: ['GET', 'HEAD'],
  path: '/metadata',
  async handler(request, context) {
    for (const [name, value] of request.parameters) {
      if (value !== '' && name !== 'mode' && !isControl(name)) throw badValue(`The CapabilityStatement takes no parameter "${name}"`);
    }
    const mode = singleValue(request.parameters, 'mode') ?? 'full';
    if (mode !== 'full') throw notSupported(`"mode" is "${mode}", and only "full" is supported`);
    const { text, tag } = context.capabilityStatement(request.base);
    const etag = `W/"${tag}"`;
    if (request.headers['if-none-match']?.includes(tag) === true) return { status: 304, headers: { etag } };
    return { status: 200, headers: { etag }, body: represent('CapabilityStatement', text, request.parameters, context.definitions) };
  },
});
