/** What a write asks for: a request, or an entry of a Bundle, read as far as no database is needed. R4: http.html#create, #update, #patch, #delete. */
import type { Context } from '../../context.ts';
import type { CompactJson } from '../../fhir/json/scan.ts';
import { badValue, required, structure } from '../../fhir/outcome.ts';
import type { Patch } from '../../fhir/patch/patch.ts';
import { checkedId } from '../../fhir/resource.ts';
import { criteriaOf } from '../../rest/criteria.ts';
import type { FhirRequest } from '../../rest/endpoint.ts';
import { parseIfNoneExist } from '../../rest/if-none-exist.ts';
import { patchOf } from '../../rest/patch.ts';
import { isControl, refuseParameters } from '../../rest/parameters.ts';
import { inRequest, type Place } from '../../rest/place.ts';
import { preconditionsOf, type Preconditions } from '../../rest/preconditions.ts';
import { basesOf } from '../../rest/target.ts';
import { parseConditional, type Criteria } from '../../search/conditional.ts';
import type { Content } from '../../store/write.ts';
import { asksForCascade, cascadeParameter } from './cascade.ts';

export interface Asked {
  readonly kind: 'create' | 'update' | 'patch' | 'delete';
  readonly type: string;
  /** As the path names it; absent for a create and for what depends on criteria. */
  readonly id?: string;
  /** What selects the resource; of a create: what must select none. */
  readonly criteria?: Criteria;
  /** The resource as sent; of create and update. */
  readonly text?: CompactJson;
  /** The same, checked and parsed; absent where it may still be rewritten. */
  readonly content?: Content;
  readonly patch?: Patch;
  readonly preconditions: Preconditions;
  readonly place: Place;
  /** Of a deletion: whether what refers to the resource goes with it. */
  readonly isCascade?: true;
  /** Bundle.entry.fullUrl */
  readonly fullUrl?: string;
}

const kinds: Readonly<Record<string, Asked['kind']>> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/**
 * @param body the request's body
 * @throws FhirError 400 or 412 where the request cannot be a write, whatever is stored
 */
export function askedOf(sent: FhirRequest, body: CompactJson | undefined, context: Context, place: Place): Asked {
  const [type, id, ...more] = sent.path;
  const kind = kinds[sent.method];
  const isCascade = kind === 'delete' && asksForCascade(sent, context, place);
  const request = isCascade ? { ...sent, parameters: sent.parameters.filter(([name]) => name !== cascadeParameter) } : sent;
  const isCreate = kind === 'create';
  if (kind === undefined || type === undefined || more.length > 0 || (isCreate && id !== undefined) || !context.definitions.hasResourceType(type)) {
    throw structure(`"${request.method} ${request.path.join('/')}" is no write`, inRequest(place, 'url'));
  }
  const criteria = isCreate ? createCriteria(request, type, context, place) : id === undefined ? criteriaOf(request, type, context, place) : undefined;
  if (id !== undefined) refuseParameters(request);
  if (id !== undefined) checkedId(id, place.entry !== undefined ? `${place.entry}.request.url` : kind === 'update' ? `${type}.id` : undefined);
  const asked: Asked = {
    kind, type, place, preconditions: preconditionsOf(request.headers),
    ...(id !== undefined && { id }), ...(isCascade && { isCascade }), ...(criteria !== undefined && { criteria }),
  };
  if (kind === 'delete') return asked;
  if (body === undefined) throw required(`${kind === 'patch' ? 'A patch' : `A ${type}`} is expected in the body, and there is none`, place.entry === undefined ? {} : { expression: place.body });
  return kind === 'patch' ? { ...asked, patch: patchOf(body, request.body!.mediaType, type, context, place) } : { ...asked, text: body };
}

/** fhirpy's get_or_create() has the criteria in the query; DECISIONS.md "Conditional writes". */
function createCriteria(request: FhirRequest, type: string, context: Context, place: Place): Criteria | undefined {
  const header = request.headers['if-none-exist'];
  const inHeader = header === undefined ? undefined
    : parseConditional(type, parseIfNoneExist(header, type, basesOf(request, context)), context.index, inRequest(place, 'ifNoneExist'));
  const given = request.parameters.filter(([name, value]) => value !== '' && !isControl(name));
  if (given.length === 0) return inHeader;
  const inQuery = parseConditional(type, given, context.index, inRequest(place, 'url'));
  if (inHeader !== undefined && inHeader.text !== inQuery.text) {
    throw badValue(`The criteria of the URL, "${inQuery.text}", and of If-None-Exist, "${inHeader.text}", differ`, inRequest(place, 'ifNoneExist'));
  }
  return inQuery;
}
