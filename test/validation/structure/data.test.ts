/** Valid resources pass: HL7's examples, and Synthea's people. R4: validation.html; DECISIONS.md "Validation". */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { compactJson } from '../../../src/fhir/json/scan.ts';
import { parseJson, type JsonObject } from '../../../src/fhir/json/value.ts';
import { createStructureValidator } from '../../../src/validation/structure/validate.ts';
import { examples } from '../../support/examples.ts';
import { hasShared, isFull, readShared, sharedPath } from '../../support/shared.ts';

const validate = createStructureValidator(loadDefinitions());
const problems = (resource: JsonObject): string[] => validate(resource, String(resource['resourceType'])).map(({ code, expression }) => `${code} ${expression?.[0]}`);

/** Examples that break R4: 14, and the Bundle that has one of them in it. */
const broken: Readonly<Record<string, string>> = {
  'Bundle-v2-valuesets.json': 'value Bundle.entry[814].resource.concept[74].code',
  'CodeSystem-v2-0550.json': 'value CodeSystem.concept[74].code',
  'ImplementationGuide-fhir.json': 'required ImplementationGuide.name',
  'Questionnaire-qs1.json': 'required Questionnaire.item[0].item[0].linkId',
  ...Object.fromEntries(['CodeSystem', 'ValueSet'].flatMap((type) => ['author', 'effective', 'end', 'keyword', 'workflow'].map((name) =>
    [`SearchParameter-${type.toLowerCase()}-extensions-${type}-${name}.json`, 'required SearchParameter.base']))),
  'SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json': 'value SearchParameter.id',
};

it('of the official examples all but those that break R4, each for its reason', { timeout: 120_000 }, () => {
  const found = Object.fromEntries(examples().flatMap(({ file, text }) => {
    const issues = problems(parseJson(compactJson(text)) as JsonObject);
    return issues.length === 0 ? [] : [[file, issues[0]]];
  }));
  const looked = new Set(examples().map(({ file }) => file));
  expect(found).toEqual(Object.fromEntries(Object.entries(broken).filter(([file]) => looked.has(file))));
});

it.skipIf(!hasShared)('every resource of Synthea', { timeout: 600_000 }, () => {
  const files = readdirSync(sharedPath('data', 'synthea')).filter((file) => file.endsWith('.json.gz')).toSorted().filter((_, n) => isFull || n % 30 === 0);
  let count = 0;
  for (const file of files) {
    for (const { resource } of (parseJson(compactJson(readShared('data', 'synthea', file))) as any).entry) {
      count++;
      expect(problems(resource), file).toEqual([]);
    }
  }
  expect(count).toBe(isFull ? 92_114 : count);
  expect(count).toBeGreaterThan(500);
});
