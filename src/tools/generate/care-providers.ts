/** The organisations, locations and practitioners that every patient is looked after by. */
import { hl7, concept } from './codes.ts';
import { reference, type Resource } from './bundle.ts';
import { cities, families, given, streets } from './names.ts';
import { createRandom } from './random.ts';

export interface CareProviders {
  readonly resources: readonly Resource[];
  /** Practitioners with the organisation and location they work at. */
  readonly practices: readonly { readonly practitioner: Resource; readonly name: string; readonly organization: Resource; readonly location: Resource }[];
}

const count = 4;

export function careProviders(seed: string): CareProviders {
  const random = createRandom(`${seed} care providers`);
  const resources: Resource[] = [];
  const practices: CareProviders['practices'][number][] = [];
  for (let n = 0; n < count; n++) {
    const { city, state, postalCode } = cities[n % cities.length]!;
    const address = { line: [`${random.whole(1, 90)} ${random.pick(streets)}`], city, state, postalCode, country: 'US' };
    const organization = {
      resourceType: 'Organization', id: random.uuid(), active: true,
      identifier: [{ system: 'http://example.org/organizations', value: `ORG-${n + 1}` }],
      type: [concept(hl7('organization-type', 'prov', 'Healthcare Provider'))],
      name: `${city} Community Practice`, telecom: [{ system: 'phone', value: `555-010${n}`, use: 'work' }], address: [address],
    };
    const location = {
      resourceType: 'Location', id: random.uuid(), status: 'active', name: `${city} Community Practice, ${address.line[0]}`, mode: 'instance',
      address, managingOrganization: reference(organization),
    };
    resources.push(organization, location);
    for (let m = 0; m < 2; m++) {
      const gender = random.pick(['female', 'male'] as const);
      const [family, first] = [random.pick(families), random.pick(given[gender])];
      const practitioner = {
        resourceType: 'Practitioner', id: random.uuid(), active: true, identifier: [{ system: 'http://example.org/practitioners', value: `PR-${n * 2 + m + 1}` }],
        name: [{ use: 'official', family, given: [first], prefix: ['Dr.'] }], gender,
      };
      const role = {
        resourceType: 'PractitionerRole', id: random.uuid(), active: true, practitioner: reference(practitioner), organization: reference(organization),
        location: [reference(location)], code: [concept(hl7('practitioner-role', 'doctor', 'Doctor'))],
      };
      resources.push(practitioner, role);
      practices.push({ practitioner, name: `Dr. ${first} ${family}`, organization, location });
    }
  }
  return { resources, practices };
}
