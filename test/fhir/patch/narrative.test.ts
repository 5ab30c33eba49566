/** Narratives under patches. R4: http.html#patch; DECISIONS.md "Patches". */
import { describe, expect, it } from 'vitest';
import { nodeOf, textOf } from '../../../src/fhir/json/tree.ts';
import { FhirError } from '../../../src/fhir/outcome.ts';
import { readJsonPatch } from '../../../src/fhir/patch/json-patch.ts';
import { safeNarrative, type NarrativeRule } from '../../../src/fhir/patch/narrative.ts';

const resource = (status: string): string => `{"resourceType":"Patient","id":"a","meta":{"tag":[]},"text":{"status":"${status}","div":"<div>x</div>"},"active":true}`;

function result(status: string, patch: string, rule: NarrativeRule): string | number {
  const before = nodeOf(Buffer.from(resource(status)));
  try {
    const after = textOf(safeNarrative(before, readJsonPatch(nodeOf(Buffer.from(patch)), 'Patient')(before), rule)).toString();
    return after.includes('"text"') ? 'kept' : 'removed';
  } catch (error) {
    return (error as FhirError).status;
  }
}

const change = '[{"op":"replace","path":"/active","value":false}]';
const cases: readonly [status: string, patch: string, rule: NarrativeRule, expected: string | number][] = [
  ['generated', change, 'remove', 'removed'], ['additional', change, 'remove', 422], ['extensions', change, 'remove', 422], ['empty', change, 'remove', 422],
  ['generated', change, 'reject', 422], ['additional', change, 'reject', 422], ['generated', change, 'keep', 'kept'], ['additional', change, 'keep', 'kept'],
  // No change but to what the narrative does not say.
  ['generated', '[]', 'remove', 'kept'], ['additional', '[]', 'reject', 'kept'],
  ['generated', '[{"op":"add","path":"/meta/tag/-","value":{"code":"x"}}]', 'remove', 'kept'],
  ['generated', '[{"op":"replace","path":"/active","value":true}]', 'remove', 'kept'],
  ['additional', '[{"op":"replace","path":"/active","value":false},{"op":"replace","path":"/active","value":true}]', 'remove', 'kept'],
  // The patch touches the narrative, even by the same text.
  ['additional', `${change.slice(0, -1)},{"op":"replace","path":"/text/div","value":"<div>y</div>"}]`, 'remove', 'kept'],
  ['additional', `${change.slice(0, -1)},{"op":"replace","path":"/text/div","value":"<div>x</div>"}]`, 'reject', 'kept'],
  ['generated', `${change.slice(0, -1)},{"op":"remove","path":"/text"}]`, 'remove', 'removed'],
  ['generated', '[{"op":"remove","path":"/active"}]', 'remove', 'removed'],
];

describe('a narrative', () => {
  it.each(cases)('of status %s, patched by %s under %s: %s', (status, patch, rule, expected) => expect(result(status, patch, rule)).toBe(expected));
});
