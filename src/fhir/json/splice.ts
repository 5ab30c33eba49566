/**
 * Changes a resource's text without rebuilding it: `id`, `meta.versionId` and `meta.lastUpdated` are the server's (R4:
 * resource.html#Meta, http.html#create), and every other byte stays as it was sent.
 */
import { structure } from '../outcome.ts';
import { isKey, members, skipString, skipValue, type Member, type Span } from './walk.ts';

/** Bytes from `start` up to `end` become `text`; `start` = `end` inserts. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string | Buffer;
}

/** What the server says of a version. */
export interface Stamp {
  readonly id: string;
  readonly versionId: string;
  /** An instant as FHIR writes it: `2025-01-31T12:00:00.000Z`. */
  readonly lastUpdated: string;
}

/** Where a stamp goes in one resource: made before the stamp is known, used once it is. */
export interface StampPlan {
  readonly bytes: Buffer;
  readonly slots: readonly Slot[];
}

/** One value of the stamp and the text around it that the resource lacks. */
interface Slot extends Span {
  readonly before: string;
  readonly field: keyof Stamp;
  readonly after: string;
}

/**
 * @param edits in any order, none overlapping another; several insertions at one offset keep their order
 * @returns a copy of `bytes` with the edits made
 * @throws RangeError when edits overlap or lie outside of `bytes`
 */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const sorted = inOrder(edits) ? edits : edits.toSorted((a, b) => a.start - b.start || a.end - b.end);
  let size = bytes.length;
  let last = 0;
  for (const { start, end, text } of sorted) {
    if (start < last || end < start || end > bytes.length) throw new RangeError(`edit ${start}-${end} overlaps another or leaves the text`);
    size += (typeof text === 'string' ? Buffer.byteLength(text) : text.length) - (end - start);
    last = end;
  }
  const out = Buffer.allocUnsafe(size);
  let from = 0;
  let to = 0;
  for (const { start, end, text } of sorted) {
    to += bytes.copy(out, to, from, start);
    to += typeof text === 'string' ? out.write(text, to) : text.copy(out, to);
    from = end;
  }
  bytes.copy(out, to, from);
  return out;
}

function inOrder(edits: readonly Span[]): boolean {
  for (let i = 1; i < edits.length; i++) {
    const { start, end } = edits[i]!;
    const before = edits[i - 1]!;
    if (start < before.start || (start === before.start && end < before.end)) return false;
  }
  return true;
}

/**
 * Sets a resource's `id`, `meta.versionId` and `meta.lastUpdated`. What is there gets its value replaced where it stands; an
 * absent `id` goes behind `resourceType` (else first), an absent `meta` behind `id`, absent members of `meta` to its start.
 * @param bytes a resource, compact and valid
 * @returns the stamped text
 * @throws FhirError 400 `structure` when `bytes` or its `meta` is not an object
 */
export const stamp = (bytes: Buffer, values: Stamp): Buffer => applyStamp(stampPlan(bytes), values);

/**
 * The part of {@link stamp} that needs no values: finds the places.
 * @param bytes a resource, compact and valid
 * @throws FhirError 400 `structure` when `bytes` or its `meta` is not an object
 */
export function stampPlan(bytes: Buffer): StampPlan {
  if (bytes[0] !== 0x7b) throw structure('A resource is a JSON object');
  const [resourceType, id, meta] = spansOf(bytes, 0, 'resourceType', 'id', 'meta');
  const slots: Slot[] = [];
  const anchor = id?.end ?? resourceType?.end ?? 1;
  const comma = anchor === 1 && bytes[1] !== 0x7d ? ',' : '';
  if (id !== undefined) slots.push({ start: id.start, end: id.end, before: '', field: 'id', after: '' });
  else {
    const before = anchor === 1 ? '"id":' : ',"id":';
    slots.push({ start: anchor, end: anchor, before, field: 'id', after: meta === undefined ? '' : comma });
  }
  if (meta === undefined) {
    slots.push({ start: anchor, end: anchor, before: ',"meta":{"versionId":', field: 'versionId', after: '' });
    slots.push({ start: anchor, end: anchor, before: ',"lastUpdated":', field: 'lastUpdated', after: `}${comma}` });
  } else {
    if (bytes[meta.start] !== 0x7b) throw structure('The element meta is not an object', { expression: 'meta' });
    slots.push(...slotsOfMeta(bytes, meta.start));
  }
  return { bytes, slots: inOrder(slots) ? slots : slots.sort((a, b) => a.start - b.start) };
}

function slotsOfMeta(bytes: Buffer, at: number): Slot[] {
  const [versionId, lastUpdated] = spansOf(bytes, at, 'versionId', 'lastUpdated');
  const first = at + 1;
  const isEmpty = bytes[first] === 0x7d;
  return [
    versionId !== undefined
      ? { start: versionId.start, end: versionId.end, before: '', field: 'versionId', after: '' }
      : { start: first, end: first, before: '"versionId":', field: 'versionId', after: ',' },
    lastUpdated !== undefined
      ? { start: lastUpdated.start, end: lastUpdated.end, before: '', field: 'lastUpdated', after: '' }
      : { start: first, end: first, before: '"lastUpdated":', field: 'lastUpdated', after: isEmpty ? '' : ',' },
  ];
}

/**
 * Writes a stamp into the places of a plan.
 * @returns the stamped text
 */
export function applyStamp(plan: StampPlan, values: Stamp): Buffer {
  return splice(plan.bytes, plan.slots.map(({ start, end, before, field, after }) =>
    ({ start, end, text: `${before}${JSON.stringify(values[field])}${after}` })));
}

/** Any instant. */
const noInstant = '0000-00-00T00:00:00.000Z';

/**
 * Writes all of a stamp but the time, which the database is to give.
 * @returns the text before and behind the instant, its quotes included
 */
export function applyStampAround(plan: StampPlan, values: Omit<Stamp, 'lastUpdated'>): [head: Buffer, tail: Buffer] {
  const text = applyStamp(plan, { ...values, lastUpdated: noInstant });
  let at = 0;
  let from = 0;
  for (const { start, end, before, field, after } of plan.slots) {
    at += start - from + before.length;
    if (field === 'lastUpdated') break;
    at += JSON.stringify(values[field]).length + after.length;
    from = end;
  }
  return [text.subarray(0, at + 1), text.subarray(at + 1 + noInstant.length)];
}

/**
 * What a client says of a resource: its text without top-level `id`, `meta.versionId` and `meta.lastUpdated`, and without
 * a `meta` that holds nothing else. Two versions are the same when these are equal.
 * @param bytes a resource, compact and valid
 */
export function unstamped(bytes: Buffer): Buffer {
  if (bytes[0] !== 0x7b) return bytes;
  const text: string[] = [];
  for (const member of members(bytes, 0)) {
    if (member.key === 'id') continue;
    if (member.key === 'meta' && bytes[member.start] === 0x7b) {
      const kept = members(bytes, member.start).filter(({ key }) => key !== 'versionId' && key !== 'lastUpdated');
      if (kept.length === 0) continue;
      const key = bytes.toString('latin1', member.keyStart, member.start);
      text.push(`${key}{${kept.map((inner) => textOf(bytes, inner)).join(',')}}`);
    } else text.push(textOf(bytes, member));
  }
  return Buffer.from(`{${text.join(',')}}`, 'latin1');
}

/** Latin 1 stands for the bytes as they are. */
const textOf = (bytes: Buffer, { keyStart, end }: Member): string => bytes.toString('latin1', keyStart, end);

/** @returns where the values of up to three keys of the object at `at` stand; the walk ends once all are found */
function spansOf(bytes: Buffer, at: number, ...keys: readonly string[]): (Span | undefined)[] {
  const found: (Span | undefined)[] = keys.map(() => undefined);
  let missing = keys.length;
  let i = at + 1;
  while (missing > 0 && bytes[i] === 0x22) {
    const start = skipString(bytes, i) + 1;
    const end = skipValue(bytes, start);
    for (let k = 0; k < keys.length; k++) {
      if (found[k] === undefined && isKey(bytes, i, start - 1, keys[k]!)) {
        found[k] = { start, end };
        missing--;
        break;
      }
    }
    i = bytes[end] === 0x2c ? end + 1 : end;
  }
  return found;
}
