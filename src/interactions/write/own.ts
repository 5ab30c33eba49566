/** What a Bundle itself writes, as far as its other entries can match it by criteria. R4: http.html#trules. */
import type { Context } from '../../context.ts';
import type { CompactJson } from '../../fhir/json/scan.ts';
import { isObject, parseJson } from '../../fhir/json/value.ts';
import type { Criteria } from '../../search/conditional.ts';
import { matches } from '../../search/match.ts';
import type { IndexRows } from '../../search/rows.ts';

/** A resource that is to be written. */
export interface Draft {
  readonly type: string;
  readonly id: string;
  readonly text: CompactJson;
}

export interface OwnDrafts<D extends Draft> {
  add(draft: D): void;
  /** @returns those added so far that meet the criteria, in their order */
  matching(criteria: Criteria): D[];
}

/** Of one type; rows are made when the first criteria ask for them. */
interface Indexed<D> {
  readonly drafts: D[];
  readonly rows: IndexRows[];
  /** Which drafts hold a key: criteria of 25,000 entries would else be compared with 25,000 drafts each. */
  readonly byKey: Map<bigint, number[]>;
}

/** Drafts are indexed as they were sent: their own references are not resolved yet, which R4 does not ask for. */
export function ownDrafts<D extends Draft>({ index }: Context): OwnDrafts<D> {
  const types = new Map<string, Indexed<D>>();
  const catchUp = ({ drafts, rows, byKey }: Indexed<D>): void => {
    for (let n = rows.length; n < drafts.length; n++) {
      const { type, text } = drafts[n]!;
      const resource = parseJson(text);
      const made = index.extract(type, isObject(resource) ? resource : {});
      rows.push(made);
      for (const key of made.keys) {
        const holders = byKey.get(key);
        if (holders === undefined) byKey.set(key, [n]);
        else holders.push(n);
      }
    }
  };
  return {
    add(draft) {
      const of = types.get(draft.type);
      if (of === undefined) types.set(draft.type, { drafts: [draft], rows: [], byKey: new Map() });
      else of.drafts.push(draft);
    },
    matching({ type, conditions }) {
      const of = types.get(type);
      if (of === undefined) return [];
      catchUp(of);
      const keys = conditions.find(({ kind }) => kind === 'keys');
      const candidates = keys?.kind === 'keys' ? [...new Set(keys.any.flatMap((key) => of.byKey.get(key) ?? []))].sort((a, b) => a - b) : of.drafts.keys();
      return [...candidates].filter((n) => matches(conditions, of.drafts[n]!.id, of.rows[n]!)).map((n) => of.drafts[n]!);
    },
  };
}
