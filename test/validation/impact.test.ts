/** Counts of what profiles would refuse: bounded, whatever clients have made up. */
import { describe, expect, it } from 'vitest';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { addResource, impactFrom, impactParameters } from '../../src/validation/impact.ts';
import { createStructureValidator } from '../../src/validation/structure/validate.ts';
import { profile, profilesWith } from '../support/profiles.ts';

const structure = createStructureValidator(loadDefinitions());
const basic = (id: string, more: object = {}): any => ({ resourceType: 'Basic', id, code: { text: 'x' }, ...more });

describe('an impact', () => {
  it('counts what is beyond a thousand lines as others, also when it goes on', () => {
    const options = { asked: [], profiles: profilesWith([]), structure };
    let impact = impactFrom();
    for (let n = 0; n < 1_500; n++) {
      if (n === 700 || n === 1_200) impact = impactFrom(JSON.parse(JSON.stringify(impact)));
      addResource(impact, basic(`b${n}`, { meta: { profile: [`urn:p${n}`] }, [`wings${n}`]: 1 }), options);
    }
    expect(Object.keys(impact.profiles)).toHaveLength(1_001);
    expect(impact.profiles['others']).toEqual({ resources: 500, refused: 500 });
    expect(Object.keys(impact.findings.error)).toHaveLength(1_001);
    expect(impact.findings.error['others']).toMatchObject({ count: 500, example: 'Basic/b1000' });
    expect((impactParameters(impact) as any).parameter.at(2).part[0]).toEqual({ name: 'profile', valueString: 'others' });
  });

  it('takes the names of a prototype as names, and cuts long ones between characters', () => {
    const asked = ['__proto__', 'constructor'];
    const profiles = profilesWith(asked.map((url) => profile(url, 'Basic', [{ path: 'Basic.author', min: 1 }])));
    const impact = impactFrom(JSON.parse(JSON.stringify(impactFrom())));
    const long = `urn:${'😀'.repeat(400)}`;
    addResource(impact, basic('a', { meta: { profile: [long] } }), { asked, profiles, structure });
    expect(Object.entries(impact.profiles).map(([url, { refused }]) => [[...url].length, refused])).toEqual([[9, 1], [11, 1], [301, 1]]);
    expect(Object.keys(impact.profiles)[2]).toBe(`urn:${'😀'.repeat(296)}…`);
    expect(Object.prototype).not.toHaveProperty('resources');
  });

  it('holds resources to a profile on all types, and to one that is not known any more', () => {
    const profiles = profilesWith([profile('urn:any', 'DomainResource', [{ path: 'DomainResource.language', min: 1 }])]);
    const impact = impactFrom();
    addResource(impact, basic('a'), { asked: ['urn:any', 'urn:gone'], profiles, structure });
    expect(Object.keys(impact.findings.error)).toEqual(['not-found Basic', 'required urn:any DomainResource.language']);
  });
});
