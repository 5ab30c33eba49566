/** Every rule of structure that an official example can break, broken once for each type. R4: json.html, datatypes.html, validation.html. */
import { expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../../src/fhir/json/value.ts';
import { createStructureValidator } from '../../../src/validation/structure/validate.ts';
import { sampleOf } from '../../../src/rest/openapi/sample.ts';
import { allExamples } from '../../support/examples.ts';
import { isFull } from '../../support/shared.ts';
import { mutantsOf } from './mutants.ts';

/** Examples of each type that mutants are made of; the first ones have most rules. */
const most = isFull ? 12 : 2;

it('refuses what breaks a rule, at the place where it is broken, and no original', { timeout: 300_000 }, () => {
  const definitions = loadDefinitions();
  const validate = createStructureValidator(definitions);
  const issuesOf = (resource: unknown) => {
    const text = Buffer.from(JSON.stringify(resource));
    return validate(parseJson(compactJson(text)) as JsonObject, (resource as any).resourceType);
  };
  const seen = new Set<string>();
  const taken = new Map<string, number>();
  const wrong: string[] = [];
  let count = 0;
  // HL7 has no examples of six types.
  const samples = definitions.resourceTypes.map((type) => ({ file: `sample of ${type}`, text: Buffer.from(JSON.stringify(sampleOf(type, definitions))) }));
  for (const { file, text } of [...allExamples(), ...samples]) {
    // Some examples are hundreds of kilobytes of the same.
    if (text.length > 100_000) continue;
    const resource = JSON.parse(text.toString());
    const type: string = resource.resourceType;
    if (!definitions.hasResourceType(type) || (taken.get(type) ?? 0) >= most || issuesOf(resource).length > 0) continue;
    taken.set(type, (taken.get(type) ?? 0) + 1);
    for (const { what, resource: broken, expression, codes } of mutantsOf(resource, (rule) => !seen.has(`${type} ${rule}`) && seen.add(`${type} ${rule}`) !== undefined)) {
      count++;
      const issues = issuesOf(broken);
      if (!issues.some((issue) => issue.severity === 'error' && codes.includes(issue.code) && issue.expression?.[0] === expression)) {
        wrong.push(`${file} ${what}: ${codes.join('|')} at ${expression} expected, ${issues.map((issue) => `${issue.code} ${issue.expression?.[0]} (${issue.diagnostics})`).join('; ') || 'nothing'} said`);
      }
    }
  }
  console.log(`${count} mutants of ${taken.size} types, ${wrong.length} not refused as expected`);
  expect([count > 30_000, taken.size]).toEqual([true, definitions.resourceTypes.length]);
  expect(wrong, wrong.slice(0, 30).join('\n')).toEqual([]);
});
