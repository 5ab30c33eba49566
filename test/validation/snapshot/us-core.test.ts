/**
 * Snapshots generated from US Core's differentials, compared with those that the package has, in all that constrains instances.
 * R4: profiling.html#snapshot.
 */
import { describe, expect, it } from 'vitest';
import { loadConformance } from '../../../src/fhir/conformance.ts';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { readPackage } from '../../../src/packages/package.ts';
import { baseStructures } from '../../../src/validation/snapshot/base.ts';
import { typeCode, type ElementDefinition } from '../../../src/validation/snapshot/element.ts';
import { createSnapshots } from '../../../src/validation/snapshot/generate.ts';
import { listOf } from '../../../src/validation/snapshot/tree.ts';
import { hasShared, readShared } from '../../support/shared.ts';

/** What a snapshot says about instances, in a form that does not depend on order or on versions of canonicals. */
function facts(element: ElementDefinition): Record<string, string> {
  const values = Object.entries(element).filter(([key]) => /^(?:fixed|pattern|minValue|maxValue)[A-Z]/.test(key));
  const sorted = (list: readonly string[] = []): string => list.filter((url) => !url.endsWith('/Resource')).toSorted().join(' ');
  const { slicing, binding } = element;
  return {
    cardinality: `${element.min}..${element.max}`,
    type: (element.type ?? []).map((type) => `${typeCode(type)}(${sorted(type.profile)})(${sorted(type.targetProfile)})`).toSorted().join(' '),
    content: (element.contentReference ?? '').replace(/.*#/, ''),
    values: JSON.stringify(values.toSorted()),
    slicing: slicing === undefined ? '' : JSON.stringify([slicing.discriminator, slicing.ordered ?? false, slicing.rules]),
    binding: binding === undefined ? '' : `${binding.strength} ${(binding.valueSet ?? '').replace(/\|.*/, '')}`,
    // ele-1 and ext-1 are the types' own and hold wherever the types stand.
    constraints: (element.constraint ?? []).map(({ key }) => key).filter((key) => key !== 'ele-1' && key !== 'ext-1').toSorted().join(' '),
  };
}

/** Each rest, with the reason why it constrains nothing else. */
const explained: readonly [reason: string, matches: (at: string, fact: string, theirs: string, ours: string) => boolean][] = [
  ['the package has the id of a resource as `id`, R4 4.0.1 as `string`', (at, fact) => fact === 'type' && /^\S+ \w+\.id$/.test(at)],
  ['extensions are said to be sliced by url where there is no slice', (at, fact, _, ours) => fact === 'slicing' && at.endsWith('xtension') && ours === ''],
  ['a binding of strength example without a ValueSet', (_, fact, theirs, ours) => fact === 'binding' && theirs === 'example ' && ours === ''],
  ['slices are copied before the differential is laid on what they slice, which holds for their values all the same',
    (at) => at.startsWith('us-core-provenance Provenance.agent:Provenance')],
];

describe.skipIf(!hasShared)('US Core', async () => {
  const resources = hasShared ? (await readPackage(readShared('data', 'us-core', 'us_core_610.tgz'))).resources : [];
  const files = resources.filter(({ resourceType }) => resourceType === 'StructureDefinition') as any[];
  const byUrl = new Map(files.map((file) => [file.url as string, file]));
  const base = baseStructures(loadDefinitions(), loadConformance());
  const snapshots = createSnapshots({
    definition: (url) => {
      const { snapshot: _, ...own } = byUrl.get(url) ?? {};
      return own.url === undefined ? base.definition(url) : own;
    },
  });

  it('has 59 definitions, one of which is built on a package that is not there', () => {
    expect(files).toHaveLength(59);
    const faults = files.flatMap(({ url }) => {
      try {
        snapshots.tree(url);
        return [];
      } catch (error) {
        return [(error as Error).message];
      }
    });
    expect(faults).toEqual([
      'http://hl7.org/fhir/us/core/StructureDefinition/us-core-questionnaireresponse: its base definition http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaireresponse is unknown',
    ]);
  });

  it('says the same as the snapshots of the package', () => {
    const rest: string[] = [];
    for (const { url, id: name, snapshot } of files.filter(({ id }) => id !== 'us-core-questionnaireresponse')) {
      const theirs = new Map((snapshot.element as ElementDefinition[]).map((element) => [element.id!, facts(element)]));
      const ours = new Map(listOf(snapshots.tree(url)!).map((element) => [element.id!, facts(element)]));
      expect([...ours.keys()].toSorted(), name).toEqual([...theirs.keys()].toSorted());
      for (const [id, one] of theirs) {
        for (const [fact, value] of Object.entries(one)) {
          const own = ours.get(id)![fact]!;
          if (own !== value && !explained.some(([, matches]) => matches(`${name} ${id}`, fact, value, own))) rest.push(`${name} ${id} ${fact}: ${value} | ${own}`);
        }
      }
    }
    expect(rest).toEqual([]);
  });
});
