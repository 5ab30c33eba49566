/** capabilities: what this server can do. R4: http.html#capabilities. */
import { badValue, notSupported } from '../fhir/outcome.ts';
import { acceptsGzip } from '../rest/encoding.ts';
import { defineInteraction } from '../rest/endpoint.ts';
import { isControl, singleValue } from '../rest/parameters.ts';
import { queryParameters } from '../rest/query-parameters.ts';
import { definitionResponse } from '../rest/resource-response.ts';

/** Why the modes of R4 besides `full` are refused. */
const refused: Readonly<Record<string, string>> = {
  normative: 'no part of the statement is marked as normative',
  terminology: 'there is no terminology service',
};

export const capabilities = defineInteraction({
  code: 'capabilities',
  method: ['GET', 'HEAD'],
  path: '/metadata',
  summary: 'Say what this server can do',
  takes: {
    parameters: [
      { name: 'mode', type: 'code', values: ['full'], description: 'Which of the statements' }, queryParameters._summary, queryParameters._elements,
    ],
    headers: ['If-None-Match'],
  },
  answers: { content: 'CapabilityStatement', status: [200, 304] },
  async handler(request, context) {
    for (const [name, value] of request.parameters) {
      if (value !== '' && name !== 'mode' && !isControl(name)) throw badValue(`The CapabilityStatement takes no parameter "${name}"`);
    }
    const mode = singleValue(request.parameters, 'mode') ?? 'full';
    if (mode !== 'full') {
      const why = refused[mode];
      throw why === undefined ? badValue(`"mode" is "${mode}", which is not one of full, normative, terminology`) : notSupported(`"mode" is "${mode}", and ${why}`);
    }
    const statement = context.capabilityStatement(request.base);
    const response = definitionResponse(request, context, 'CapabilityStatement', statement);
    // It is the largest of answers and asked for at every client's start, so that it is compressed whatever COMPRESS says, and once.
    const isWhole = response.body === statement.text && singleValue(request.parameters, '_pretty') !== 'true';
    if (!isWhole || !acceptsGzip(request.headers['accept-encoding'])) return response;
    return { ...response, headers: { ...response.headers, 'content-encoding': 'gzip' }, body: statement.gzip() };
  },
});
