/** Walks through the pages of a search by their `next` links. */
import type { Client } from '../load/clients.ts';

export interface Page {
  readonly ids: readonly string[];
  /** Absent on the last. */
  readonly next: string | undefined;
  readonly total: number | undefined;
}

interface Bundle {
  readonly total?: number;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly { readonly resource?: { readonly resourceType: string; readonly id: string }; readonly search?: { readonly mode?: string } }[];
}

/** @returns undefined where the request failed */
export async function getPage(client: Client, label: string, path: string): Promise<Page | undefined> {
  const reply = await client.send(label, { method: 'GET', path }, [200]);
  if (reply?.status !== 200) return undefined;
  const { entry = [], link = [], total } = JSON.parse(reply.text()) as Bundle;
  return {
    ids: entry.flatMap(({ resource, search }) => (resource === undefined || (search?.mode ?? 'match') !== 'match' ? [] : [`${resource.resourceType}/${resource.id}`])),
    next: link.find(({ relation }) => relation === 'next')?.url, total,
  };
}
