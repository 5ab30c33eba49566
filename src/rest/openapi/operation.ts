/** Operations as requests to show, by their definitions. R4: operationdefinition.html, operations.html#executing. */
import type { Definitions } from '../../fhir/definitions.ts';
import { isPrimitiveType } from '../../fhir/primitive.ts';
import type { Description, QueryParameter, Takes } from '../description.ts';
import type { Operation, OperationParameter } from '../endpoint.ts';
import { fhirJson } from '../media-types.ts';
import { queryParameters } from '../query-parameters.ts';
import { routesOf } from '../routes.ts';
import { sampleOf } from './sample.ts';
import type { Shown } from './subject.ts';

/** @returns a request for each route, apart for GET, whose input is the query, and POST, whose input is a Parameters body */
export function operationRequests(operation: Operation, type: string | undefined, definitions: Definitions): Shown[] {
  const code = operation.code.slice(1);
  return routesOf(operation).flatMap(({ method, path }) => {
    const byQuery = method.filter((one) => one !== 'POST');
    return [
      ...(byQuery.length === 0 ? [] : [{ ...describe(operation, path, type, definitions, true), code, path, method: byQuery }]),
      ...(method.includes('POST') ? [{ ...describe(operation, path, type, definitions, false), code, path, method: ['POST' as const] }] : []),
    ];
  });
}

function describe({ definition, isJob, isAboutResource }: Operation, path: string, type: string | undefined, definitions: Definitions, isQuery: boolean): Description {
  const needsBody = isAboutResource === true && !path.includes(':id');
  const input = definition.parameter.filter(({ use }) => use === 'in').map((one) => (needsBody && one.type === 'Resource' ? { ...one, min: 1 } : one));
  const [output, ...others] = definition.parameter.filter(({ use }) => use === 'out');
  // An operation that answers with one resource, named `return`, sends it as it is.
  const isBare = output?.name === 'return' && others.length === 0 && definitions.hasResourceType(output.type ?? '');
  return {
    summary: definition.title ?? definition.name,
    takes: isQuery ? { parameters: input.filter(({ type: own = '' }) => isPrimitiveType(own)).map(inQuery) } : { ...bodyOf(input, type, definitions), ...(definition.affectsState && { parameters: [queryParameters['-dry-run']] }) },
    answers: isJob === true ? { content: 'OperationOutcome', status: [202] } : { content: isBare ? output.type! : 'Parameters', status: path.includes(':id') ? [200, 404, 410] : [200] },
  };
}

const inQuery = ({ name, type = 'string', max, documentation }: OperationParameter): QueryParameter =>
  ({ name, type, description: documentation ?? name, ...(max !== '1' && { many: 'repeated' }) });

/** The sample has what is required: anything else may ask for what this server does not have. */
function bodyOf(input: readonly OperationParameter[], type: string | undefined, definitions: Definitions): Takes {
  if (input.length === 0) return {};
  const parameter = input.filter(({ min }) => min > 0).map((one) => valued(one, type, definitions));
  return { body: { [fhirJson]: { resourceType: 'Parameters', ...(parameter.length > 0 && { parameter }) } } };
}

function valued({ name, type = '', part }: OperationParameter, own: string | undefined, definitions: Definitions): object {
  if (part !== undefined) return { name, part: part.filter(({ min }) => min > 0).map((one) => valued(one, own, definitions)) };
  const isAny = type === 'Resource';
  if (isAny || definitions.hasResourceType(type)) return { name, resource: sampleOf(isAny ? (own ?? 'Patient') : type, definitions) };
  return { name, [`value${type.charAt(0).toUpperCase()}${type.slice(1)}`]: sampleOf(type, definitions) };
}
