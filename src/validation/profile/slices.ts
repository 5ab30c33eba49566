/** Slices: which one a value is in, how many each has, what is left over, and what is asked of the values of each. R4: profiling.html#slicing, #reslicing. */
import type { ElementNode } from '../snapshot/tree.ts';
import { byCode, most, type Compiling, type Target } from './compiling.ts';
import { matcherOf, type Matcher } from './discriminators.ts';
import type { Place } from './place.ts';
import { note, report, type Check, type Run } from './run.ts';

/** A value of a sliced element. */
export interface Item {
  readonly value: unknown;
  readonly extra: unknown;
  readonly type: string;
  readonly place: Place;
}

export interface Slices {
  /** Whether a slice must have a value, so that the element cannot be absent. */
  readonly isNeeded: boolean;
  /** @param element where the element as a whole stands, or would stand */
  readonly check: (items: readonly Item[], element: Place, run: Run) => void;
}

interface Slice {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly isIn: Matcher;
  readonly checks: ReadonlyMap<string, Check | undefined>;
  readonly inner: Slices | undefined;
}

export function compileSlices(target: Target, compiling: Compiling): Slices {
  const { node, label } = target;
  const { ordered = false, rules = 'open' } = node.element.slicing ?? {};
  const slices = node.slices.map((slice) => compileSlice(slice, target, compiling));
  return {
    isNeeded: slices.some(({ min, inner }) => min > 0 || inner?.isNeeded === true),
    check: (items, element, run) => {
      const members = slices.map((): Item[] => []);
      let isUntold = false;
      let last = -1;
      let firstLeft: Item | undefined;
      for (const item of items) {
        const { index, untold } = sliceOf(item, slices, run);
        isUntold ||= untold;
        if (index === -1) {
          if (untold) note(run, item.place, `slices ${label}`, `${label}: the slice of the value cannot be told from what is loaded`);
          else if (rules === 'closed') report(run, 'error', 'structure', item.place, `${label}: the value is in none of the slices ${names(slices)}, and there may be no others`);
          firstLeft ??= item;
          continue;
        }
        members[index]!.push(item);
        if (rules === 'openAtEnd' && firstLeft !== undefined) report(run, 'error', 'structure', firstLeft.place, `${label}: values of no slice may stand at the end only`);
        if (ordered && index < last) report(run, 'error', 'structure', item.place, `${label}: the slices must stand in the order ${names(slices)}`);
        last = Math.max(last, index);
      }
      for (const [index, slice] of slices.entries()) checkMembers(slice, members[index]!, isUntold, element, run);
    },
  };
}

const names = (slices: readonly Slice[]): string => slices.map(({ name }) => name).join(', ');

function sliceOf(item: Item, slices: readonly Slice[], run: Run): { index: number; untold: boolean } {
  let untold = false;
  for (const [index, { isIn }] of slices.entries()) {
    const is = isIn(item, run);
    if (is === true) return { index, untold: false };
    if (is === undefined) untold = true;
  }
  return { index: -1, untold };
}

function checkMembers({ name, label, min, max, checks, inner }: Slice, items: readonly Item[], isUntold: boolean, element: Place, run: Run): void {
  const count = items.length;
  if (count < min && !isUntold) {
    report(run, 'error', 'required', element, `${label}: the slice must have at least ${min}, and there ${count === 1 ? 'is' : 'are'} ${count === 0 ? 'none' : count}`, `min slice ${label.replace(/^\S+ /, '')}`);
  }
  if (count > max) report(run, 'error', 'structure', items[max]!.place, `${label}: the slice may have at most ${max}, and there are ${count}`, `max slice ${name}`);
  for (const { value, extra, type, place } of items) checks.get(type)?.(value, extra, place, run);
  inner?.check(items, element, run);
}

function compileSlice(slice: ElementNode, { node, label, path }: Target, compiling: Compiling): Slice {
  const name = slice.sliceName!;
  const own: Target = {
    node: slice,
    label: `${node.sliceName === undefined ? label : label.slice(0, -node.sliceName.length - 1)}:${name}`,
    path,
    // What the sliced element asks is checked on all of its values.
    except: new Set((node.element.constraint ?? []).map(({ key }) => key)),
  };
  const checks = new Map([...byCode(slice.element.type ?? [])].map(([code, types]) => [code, compiling.content(own, types, compiling)]));
  if (checks.size === 0) checks.set('BackboneElement', compiling.content(own, [], compiling));
  return {
    name, label: own.label, min: slice.element.min ?? 0, max: most(slice.element), checks,
    isIn: matcherOf(slice, node, checks, compiling, own.label),
    inner: slice.slices.length === 0 ? undefined : compileSlices(own, compiling),
  };
}
