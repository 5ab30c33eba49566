/** From a request to the endpoint that answers it. R4: http.html; the paths are those of the registry. */
import type { Definitions } from '../fhir/definitions.ts';
import { methodNotAllowed, unknownPath } from '../fhir/outcome.ts';
import { isPrimitiveType } from '../fhir/primitive.ts';
import type { Endpoint, FhirRequest, Method, Operation } from './endpoint.ts';

export interface Router {
  /**
   * @returns the endpoint of the request
   * @throws FhirError 404 for a path or a type that is none, 405 with `Allow` where the path is there for other methods
   */
  match(request: Pick<FhirRequest, 'method' | 'path'>): Endpoint;
  /** @returns the methods that the path is there for */
  methods(path: readonly string[]): string[];
}

/** Requests that reach an endpoint. */
export interface Route {
  readonly method: readonly Method[];
  /** Path below the base; `:type` is a resource type, `:id` and `:vid` are any segment: `/:type/:id/_history/:vid`. */
  readonly path: string;
}

/** @returns an interaction's own route, or one for each level and type of an operation */
export function routesOf(endpoint: Endpoint): Route[] {
  if (endpoint.kind !== 'operation') return [{ method: endpoint.method, path: endpoint.path }];
  const { code, definition: { resource, system, type, instance } } = endpoint;
  const method = methodsOf(endpoint);
  const onType: readonly Method[] = endpoint.isAboutResource === true ? ['POST'] : method;
  const types = resource.map((name) => (name === 'Resource' ? ':type' : name));
  return [
    ...(system ? [{ method, path: `/${code}` }] : []),
    ...types.flatMap((name) => [...(type ? [{ method: onType, path: `/${name}/${code}` }] : []), ...(instance ? [{ method, path: `/${name}/:id/${code}` }] : [])]),
  ];
}

/** GET is there where the operation changes nothing and its input can stand in a query (operations.html#executing). */
function methodsOf({ definition: { affectsState, parameter } }: Operation): Method[] {
  const isQuery = parameter.every(({ use, min, type = '' }) => use === 'out' || min === 0 || isPrimitiveType(type));
  return affectsState || !isQuery ? ['POST'] : ['GET', 'HEAD', 'POST'];
}

interface RoutedEndpoint {
  readonly segments: readonly string[];
  readonly method: readonly Method[];
  readonly endpoint: Endpoint;
}

export function createRouter(registry: readonly Endpoint[], definitions: Definitions): Router {
  const routes = registry.flatMap((endpoint) => routesOf(endpoint).map(({ method, path }): RoutedEndpoint =>
    ({ method, endpoint, segments: path.split('/').filter((segment) => segment !== '') })));
  // A literal outranks a variable: /Patient/_history is no read.
  const literals = ({ segments }: RoutedEndpoint): number => segments.filter((segment) => !segment.startsWith(':')).length;
  const byLength = groupByLength(routes);
  for (const group of byLength.values()) group.sort((a, b) => literals(b) - literals(a));

  const matching = (path: readonly string[]): RoutedEndpoint[] => {
    const found = (byLength.get(path.length) ?? []).filter(({ segments }) => fits(segments, path, definitions));
    const most = found.length === 0 ? 0 : literals(found[0]!);
    return found.filter((route) => literals(route) === most);
  };
  const methods = (path: readonly string[]): string[] => [...new Set(matching(path).flatMap(({ method }) => method))];
  return {
    methods,
    match({ method, path }) {
      const candidates = matching(path);
      for (const candidate of candidates) if (candidate.method.includes(method)) return candidate.endpoint;
      if (candidates.length === 0) throw unknownPath(reason(path, definitions));
      const allow = methods(path).join(', ');
      throw methodNotAllowed(`${method} is not there for "/${path.join('/')}"; these are: ${allow}`, { headers: { allow } });
    },
  };
}

function groupByLength(routes: readonly RoutedEndpoint[]): Map<number, RoutedEndpoint[]> {
  const groups = new Map<number, RoutedEndpoint[]>();
  for (const route of routes) groups.set(route.segments.length, [...(groups.get(route.segments.length) ?? []), route]);
  return groups;
}

/** An id never starts with `_` or `$`: those are words of the API. */
const fits = (segments: readonly string[], path: readonly string[], definitions: Definitions): boolean =>
  segments.every((segment, n) => {
    const given = path[n]!;
    if (segment === ':type') return definitions.hasResourceType(given);
    return segment.startsWith(':') ? !/^[_$]/.test(given) : segment === given;
  });

function reason(path: readonly string[], definitions: Definitions): string {
  const [type = ''] = path;
  const shown = `"/${path.join('/').slice(0, 200)}"`;
  if (definitions.hasResourceType(type) || /^[_$]/.test(type) || type === 'metadata') return `There is nothing at ${shown}`;
  const meant = definitions.resourceTypes.find((name) => name.toLowerCase() === type.toLowerCase());
  return `"${type.slice(0, 80)}" is not a resource type of R4${meant === undefined ? '' : `; "${meant}" is`}`;
}
