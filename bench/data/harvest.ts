/** Values for queries, taken from the server that is measured: ids differ from server to server, names and codes from data to data. */
import { openConnection, type Connection } from '../load/connection.ts';
import { requestBytes } from '../load/request.ts';

export interface Harvest {
  readonly patients: readonly PatientValues[];
  /** Ids by type. */
  readonly ids: Readonly<Record<string, readonly string[]>>;
  /** `system|code` of what was found. */
  readonly codes: Readonly<Record<string, readonly string[]>>;
  readonly organizations: readonly string[];
  readonly cities: readonly string[];
}

export interface PatientValues {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly birthDate: string;
  /** `system|value` */
  readonly identifier: string;
}

interface Found {
  readonly id: string;
  readonly name?: string | readonly { readonly family?: string; readonly given?: readonly string[] }[];
  readonly birthDate?: string;
  readonly identifier?: readonly { readonly system?: string; readonly value?: string }[];
  readonly code?: { readonly coding?: readonly { readonly system?: string; readonly code?: string }[] };
  readonly address?: readonly { readonly city?: string }[];
}

const types = ['Encounter', 'Practitioner', 'Location', 'Organization', 'Condition', 'Procedure', 'Observation', 'MedicationRequest'] as const;
const sampled = 200;

/** @throws Error where the server has no Patient, or does not answer a plain search */
export async function harvest(base: URL): Promise<Harvest> {
  const connection = openConnection(base);
  try {
    const patients = await page(connection, base, `Patient?_count=${sampled}`);
    if (patients.length === 0) throw new Error(`${base.href} has no Patient`);
    const found = new Map<string, readonly Found[]>();
    for (const type of types) found.set(type, await page(connection, base, `${type}?_count=${sampled}`));
    const unique = (values: readonly (string | undefined)[]): string[] => [...new Set(values.filter((value) => value !== undefined))];
    return {
      patients: patients.map(patientValues),
      ids: Object.fromEntries([['Patient', patients] as const, ...found].map(([type, all]) => [type, all.map(({ id }) => id)])),
      codes: Object.fromEntries(['Condition', 'Procedure', 'Observation'].map((type) => [type, unique((found.get(type) ?? []).map(codeOf))])),
      organizations: unique((found.get('Organization') ?? []).map(({ name }) => (typeof name === 'string' ? name : undefined))),
      cities: unique(patients.map(({ address }) => address?.[0]?.city)),
    };
  } finally {
    connection.close();
  }
}

/** @returns the matches of one page */
export async function page(connection: Connection, base: URL, path: string): Promise<Found[]> {
  const reply = await connection.send(requestBytes(base, { method: 'GET', path }));
  if (reply.status !== 200) throw new Error(`${path} is ${reply.status}: ${reply.text().slice(0, 300)}`);
  const { entry = [] } = JSON.parse(reply.text()) as { entry?: { resource: Found; search?: { mode?: string } }[] };
  return entry.filter(({ search }) => search?.mode !== 'outcome').map(({ resource }) => resource);
}

function patientValues({ id, name, birthDate, identifier }: Found): PatientValues {
  const first = Array.isArray(name) ? name[0] as { family?: string; given?: readonly string[] } | undefined : undefined;
  const named = identifier?.find(({ system, value }) => system !== undefined && value !== undefined);
  return { id, family: first?.family ?? '', given: first?.given?.[0] ?? '', birthDate: birthDate ?? '', identifier: named === undefined ? '' : `${named.system}|${named.value}` };
}

function codeOf({ code }: Found): string | undefined {
  const coding = code?.coding?.find((one) => one.system !== undefined && one.code !== undefined);
  return coding === undefined ? undefined : `${coding.system}|${coding.code}`;
}

/** For workloads that begin on an empty server. */
export const noHarvest: Harvest = { patients: [], ids: {}, codes: {}, organizations: [], cities: [] };
