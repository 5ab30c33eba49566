/** $validate-stored: what it would mean to enforce profiles on what is stored, told before it is done. An operation of this server's own. */
import type { Context } from '../context.ts';
import { badValue } from '../fhir/outcome.ts';
import { enqueue } from '../jobs/queue.ts';
import { defineOperation } from '../rest/endpoint.ts';
import { accepted } from '../rest/job.ts';
import { readVersion, requireVersion } from '../store/definitions-lock.ts';
import { validateStoredKind } from '../store/walk-job.ts';

export const validateStored = defineOperation({
  resourceType: 'OperationDefinition',
  url: 'urn:verbatim:OperationDefinition/validate-stored',
  name: 'ValidateStored',
  title: 'Count what profiles would refuse of what is stored',
  description: 'Validates all stored resources, or some types, as a write under VALIDATION=profile would be, and counts what is found by profile and element; it is done in the background, and no resource is changed',
  // There is a job more: none is to be made by a GET.
  affectsState: true,
  code: 'validate-stored',
  resource: [],
  system: true,
  type: false,
  instance: false,
  parameter: [
    { name: 'profile', use: 'in', min: 0, max: '*', type: 'canonical', documentation: 'Only resources of the type of these profiles, held to them besides those that they claim' },
    { name: 'type', use: 'in', min: 0, max: '*', type: 'code', documentation: 'Only these types' },
    { name: 'resources', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many were looked at' },
    { name: 'refused', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many of them have errors' },
    { name: 'profile', use: 'out', min: 0, max: '*', documentation: 'By profile, those first that refuse most', part: [
      { name: 'profile', use: 'out', min: 1, max: '1', type: 'string', documentation: 'Its canonical, or the type of resources that claim none; `others` for what is beyond a thousand' },
      { name: 'resources', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many are held to it' },
      { name: 'refused', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How many of them have errors' },
    ] },
    { name: 'finding', use: 'out', min: 0, max: '*', documentation: 'By code, profile and element; errors, then warnings, then what cannot be told from what is loaded', part: [
      { name: 'severity', use: 'out', min: 1, max: '1', type: 'code', documentation: '`error`, `warning` or `information`' },
      { name: 'code', use: 'out', min: 0, max: '1', type: 'code', documentation: 'Of the issues' },
      { name: 'element', use: 'out', min: 1, max: '1', type: 'string', documentation: 'The last part of the profile’s canonical, and the element; `others` for what is beyond a thousand' },
      { name: 'count', use: 'out', min: 1, max: '1', type: 'integer', documentation: 'How often it was found' },
      { name: 'example', use: 'out', min: 1, max: '1', type: 'Reference', documentation: 'The first resource' },
      { name: 'diagnostics', use: 'out', min: 1, max: '1', type: 'string', documentation: 'What is said of it' },
    ] },
  ],
}, async ({ profile, type }, request, context) => {
  const { definitions, db, tx } = context;
  // Another server may have stored a profile.
  if (tx === undefined) requireVersion(context.index, await readVersion(db.read));
  const wrong = type.find((name) => !definitions.hasResourceType(name));
  if (wrong !== undefined) throw badValue(`"type" of $validate-stored is "${wrong.slice(0, 80)}", which is not a resource type of R4`);
  const ofProfiles = profile.flatMap((url) => typesOf(url, context));
  const types = definitions.resourceTypes.filter((name) => (type.length === 0 || type.includes(name)) && (profile.length === 0 || ofProfiles.includes(name)));
  if (types.length === 0) throw badValue(`"type" of $validate-stored is "${type.join('", "').slice(0, 200)}", and "profile" has none of that type`);
  return accepted(request, await enqueue(tx ?? db.write, validateStoredKind, { types, profile: [...new Set(profile)] }));
}, { isJob: true });

/** @returns the types that a profile is for; throws FhirError 400 where it is not known, or for no resources */
function typesOf(canonical: string, { profiles, definitions }: Context): readonly string[] {
  const named = `"profile" of $validate-stored is "${canonical.slice(0, 200)}"`;
  const type = profiles.structures.definition(canonical.split('|', 1)[0]!)?.type;
  if (type === undefined) throw badValue(`${named}, which is not known here`);
  if (type !== 'Resource' && type !== 'DomainResource' && !definitions.hasResourceType(type)) throw badValue(`${named}, which is one of ${type}, and of no resource`);
  if (!profiles.canUse(canonical)) throw badValue(`${named}, which cannot be used, or is known here in another version`);
  return definitions.hasResourceType(type) ? [type] : definitions.resourceTypes;
}
