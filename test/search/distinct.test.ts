/** Rows without repetition, few and many. */
import { describe, expect, it } from 'vitest';
import { Distinct } from '../../src/search/distinct.ts';
import { collectRows, sameTarget, type ReferenceRow } from '../../src/search/rows.ts';

describe('rows', () => {
  it.each([1, 2, 15, 16, 17, 40])('are kept once and in order, where there are %i', (count) => {
    const sink = collectRows();
    for (const _ of [1, 2]) {
      for (let n = 0; n < count; n++) {
        sink.key(BigInt(n));
        sink.reference(1, { type: 'Patient', id: String(n) });
        sink.date(1, BigInt(n), 99n);
        sink.quantity(1, n, 99, { system: 1, code: 2 });
        sink.canonical(1, n, 99, 3);
        sink.string(1, String(n));
      }
    }
    const { keys, references, dates, quantities, canonicals, strings } = sink.rows;
    const numbers = Array.from({ length: count }, (_, n) => n);
    expect(keys).toEqual(numbers.map(BigInt));
    expect(references).toEqual(numbers.map((n) => ({ param: 1, target: { type: 'Patient', id: String(n) } })));
    expect(dates.map(({ low }) => low)).toEqual(numbers.map(BigInt));
    expect(quantities.map(({ low }) => low)).toEqual(numbers);
    expect(canonicals.map(({ low }) => low)).toEqual(numbers);
    expect(strings.map(({ value }) => value)).toEqual(numbers.map(String));
  });

  it.each([0, 20])('that differ in one part are all kept, behind %i others', (before) => {
    const sink = collectRows();
    for (let n = 0; n < before; n++) {
      sink.reference(100 + n, { contained: n });
      sink.date(100 + n, 0n, 0n);
      sink.quantity(100 + n, 0, 0);
      sink.canonical(100 + n, 0, 0, 0);
      sink.string(100 + n, '');
    }
    const targets: ReferenceRow['target'][] = [{ type: 'Patient', id: '1' }, { type: 'Patient', id: '2' }, { type: 'Group', id: '1' }, { contained: 0 }, { contained: 1 }];
    for (const target of targets) for (const param of [1, 2]) sink.reference(param, target);
    for (const [param, low, high] of [[1, 1n, 2n], [2, 1n, 2n], [1, 0n, 2n], [1, 1n, 3n]] as const) sink.date(param, low, high);
    for (const unit of [undefined, {}, { system: 1 }, { code: 1 }, { label: 1 }, { system: 2 }, { system: 1, code: 1, label: 1 }]) sink.quantity(1, 0, 1, unit);
    for (const [param, low, high] of [[2, 0, 1], [1, -1, 1], [1, 0, 2]] as const) sink.quantity(param, low, high);
    for (const [param, low, high, unit] of [[1, 0, 1, 5], [2, 0, 1, 5], [1, -1, 1, 5], [1, 0, 2, 5], [1, 0, 1, 6]] as const) sink.canonical(param, low, high, unit);
    for (const [param, value] of [[1, 'a'], [1, 'b'], [2, 'a']] as const) sink.string(param, value);
    const { references, dates, quantities, canonicals, strings } = sink.rows;
    // A unit of which nothing is known is none.
    expect([references, dates, quantities, canonicals, strings].map(({ length }) => length - before)).toEqual([10, 4, 9, 5, 3]);
  });

  it('say whether they are new', () => {
    const known = new Distinct(sameTarget);
    expect([known.add({ type: 'Patient', id: '1' }), known.add({ type: 'Patient', id: '1' }), known.add({ contained: 1 }), known.add({ contained: 1 })]).toEqual([true, false, true, false]);
    for (let n = 2; n < 30; n++) expect(known.add({ type: 'Patient', id: String(n) })).toBe(true);
    for (let n = 1; n < 30; n++) expect(known.add({ type: 'Patient', id: String(n) })).toBe(false);
    expect(known.rows).toHaveLength(30);
  });
});
