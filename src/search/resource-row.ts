/** A current version as search reads it: the row that every statement selects, and what becomes of it. */

/** `r.rid, r.type, r.id, r.version, r.last_updated, r.body` */
export interface ResourceRow {
  readonly rid: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly last_updated: Date;
  readonly body: string;
}

export interface Found extends Omit<ResourceRow, 'last_updated'> {
  readonly lastUpdated: Date;
}

/** @returns the row without whatever else a statement selects beside it */
export const foundOf = ({ rid, type, id, version, last_updated, body }: ResourceRow): Found => ({ rid, type, id, version, lastUpdated: last_updated, body });
