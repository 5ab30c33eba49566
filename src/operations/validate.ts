/** $validate: whether a resource could be stored, and what its profiles say of it; nothing is stored. R4: resource-operation-validate.html. */
import type { Context } from '../context.ts';
import { compactJson } from '../fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../fhir/json/value.ts';
import { badValue, deleted, issue, notFound, outcomeText, required, type Issue } from '../fhir/outcome.ts';
import { checkedId } from '../fhir/resource.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { moved, structureIssues } from '../rest/validation.ts';
import { readVersion, requireVersion } from '../store/definitions-lock.ts';
import { current } from '../store/read.ts';

const modes = ['create', 'update', 'delete', 'profile'] as const;

export const validate = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'http://hl7.org/fhir/OperationDefinition/Resource-validate',
  name: 'Validate',
  title: 'Say what is wrong with a resource',
  description: 'Gives an OperationOutcome of all that is found, with at least one issue; nothing is stored',
  affectsState: false,
  code: 'validate',
  resource: ['Resource'],
  system: false,
  type: true,
  instance: true,
  parameter: [
    { name: 'resource', use: 'in', min: 0, max: '1', type: 'Resource', documentation: 'What is to be looked at; on an instance without it, the one that is stored' },
    { name: 'mode', use: 'in', min: 0, max: '1', type: 'code', documentation: 'What it is for: `create`, `update`, `delete` or `profile`' },
    { name: 'profile', use: 'in', min: 0, max: '1', type: 'uri', documentation: 'A profile to look by, besides those that it claims' },
    { name: 'return', use: 'out', min: 1, max: '1', type: 'OperationOutcome', documentation: 'What was found' },
  ],
}, async ({ resource: sent, mode, profile }, request, context) => {
  const [type, second] = request.path as [string, string];
  const id = second === '$validate' ? undefined : checkedId(second);
  if (mode !== undefined && !(modes as readonly string[]).includes(mode)) throw badValue(`"mode" is "${mode}", which is none of ${modes.join(', ')}`);
  // Another server may have stored a profile.
  if (context.tx === undefined) requireVersion(context.index, await readVersion(context.db.read));
  if (mode === 'delete') return outcome(await deletion(type, id, context));
  const resource = (sent as JsonObject | undefined) ?? (await storedOne(type, id, context));
  return outcome(found(resource, type, mode === 'update' ? id : undefined, profile, context));
}, { isAboutResource: true });

const outcome = (issues: readonly Issue[]) => ({
  status: 200, headers: {},
  body: outcomeText(issues.some(({ severity }) => severity !== 'information') ? issues : [...issues, issue('information', 'informational', 'Nothing is wrong with it')]),
});

/** @returns that there is nothing to say of a deletion; throws FhirError 404 where there is nothing to delete */
async function deletion(type: string, id: string | undefined, context: Context): Promise<Issue[]> {
  if (id === undefined) throw required('"mode" is "delete", which is for a resource: [type]/[id]/$validate');
  await storedOne(type, id, context);
  return [];
}

async function storedOne(type: string, id: string | undefined, { tx, db }: Context): Promise<JsonObject> {
  if (id === undefined) throw required('There is no resource to validate');
  const stored = await current(tx ?? db.read, type, id);
  if (stored === undefined) throw notFound(`${type}/${id} is not known`);
  if (stored.body === null) throw deleted(`${type}/${id} was deleted`);
  return parseJson(compactJson(Buffer.from(stored.body))) as JsonObject;
}

function found(resource: JsonObject, type: string, id: string | undefined, profile: string | undefined, context: Context): Issue[] {
  const own = String(resource['resourceType']);
  if (own !== type) return [issue('error', 'invalid', `The resource is a "${own}", the path says "${type}"`, { expression: own })];
  const structure = [...structureIssues(resource, undefined, context, type)];
  if (id !== undefined && resource['id'] !== id) structure.push(issue('error', 'invalid', `The resource's id is "${String(resource['id'])}", the path says "${id}"`, { expression: `${type}.id` }));
  // What profiles ask is asked of what has the structure.
  return structure.length > 0 ? structure : context.profiles.validate(resource, profile === undefined ? [] : [profile]).map((one) => moved(one, resource, type));
}
