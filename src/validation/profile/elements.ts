/**
 * An object's elements: how many of each, of which types, in which slices. Objects are walked by the properties that they have, so that
 * what is absent costs nothing. R4: profiling.html, formats.html#choice.
 */
import { choiceName } from '../../fhir/definitions.ts';
import { isObject } from '../../fhir/json/value.ts';
import type { ElementNode } from '../snapshot/tree.ts';
import { byCode, most, type Compiling, type Target } from './compiling.ts';
import type { Place } from './place.ts';
import { report, type Check, type Run } from './run.ts';
import { compileSlices, type Item, type Slices } from './slices.ts';

/** An element under one of its properties. */
interface Property {
  readonly element: Element;
  readonly type: string;
  readonly choice: string | undefined;
  readonly check: Check | undefined;
}

interface Element {
  readonly name: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly properties: readonly string[];
  readonly slices: Slices | undefined;
}

/** @returns the check of an object that has these elements */
export function elementsCheck(parent: Omit<Target, 'node' | 'except'>, children: readonly ElementNode[], compiling: Compiling): Check {
  const properties = new Map<string, Property>();
  const needed: Element[] = [];
  const stems: Element[] = [];
  for (const node of children) {
    const element = compileElement({ node, label: `${parent.label}.${node.name}`, path: `${parent.path}.${node.name}`, except: none }, properties, compiling);
    if (element.min > 0 || (element.slices?.isNeeded ?? false)) needed.push(element);
    if (node.name.endsWith('[x]')) stems.push(element);
  }
  return (value, extra, place, run) => {
    const object = isObject(value) ? value : isObject(extra) ? extra : undefined;
    if (object === undefined) return;
    for (const key in object) {
      const name = key.charCodeAt(0) === 0x5f ? key.slice(1) : key;
      if (name !== key && object[name] !== undefined) continue;
      const property = properties.get(name);
      if (property !== undefined) checkProperty(property, name, object[name], object[`_${name}`], place, run);
      else wrongChoice(stems, name, place, run);
    }
    for (const element of needed) {
      if (element.properties.some((name) => object[name] !== undefined || object[`_${name}`] !== undefined)) continue;
      if (element.min > 0) report(run, 'error', 'required', absent(element, place), `${element.label}: there must be at least ${element.min}, and there is none`, `min ${element.name}`);
      else element.slices!.check([], absent(element, place), run);
    }
  };
}

/** Where an element would stand. */
const absent = ({ name }: Element, parent: Place): Place => placeOf(name.replace('[x]', ''), undefined, '', -1, undefined, parent);

const none: ReadonlySet<string> = new Set();

function compileElement(target: Target, properties: Map<string, Property>, compiling: Compiling): Element {
  const { node, label } = target;
  const isChoice = node.name.endsWith('[x]');
  const groups = byCode(node.element.type ?? []);
  const names = isChoice ? [...groups.keys()].map((code) => choiceName(node.name, code)) : [node.name];
  const element: Element = {
    name: node.name, label, min: node.element.min ?? 0, max: most(node.element), properties: names,
    slices: node.slices.length === 0 ? undefined : compileSlices(target, compiling),
  };
  for (const [code, types] of groups) {
    const property: Property = { element, type: code, choice: isChoice ? node.name.slice(0, -3) : undefined, check: compiling.content(target, types, compiling) };
    properties.set(isChoice ? choiceName(node.name, code) : node.name, property);
  }
  if (groups.size === 0) properties.set(node.name, { element, type: 'BackboneElement', choice: undefined, check: compiling.content(target, [], compiling) });
  return element;
}

function checkProperty({ element, type, choice, check }: Property, name: string, value: unknown, extra: unknown, parent: Place, run: Run): void {
  const { slices, max, min } = element;
  const list = Array.isArray(value) ? value : Array.isArray(extra) ? extra : undefined;
  const count = list?.length ?? 1;
  if (max === 0) report(run, 'error', 'structure', placeOf(name, choice, type, -1, value, parent), `${element.label}: there must be none`, `max ${element.name}`);
  else if (count > max) report(run, 'error', 'structure', placeOf(name, choice, type, -1, value, parent), `${element.label}: there may be at most ${max}, and there are ${count}`, `max ${element.name}`);
  if (count < min) report(run, 'error', 'required', placeOf(name, choice, type, -1, value, parent), `${element.label}: there must be at least ${min}, and there ${count === 1 ? 'is' : 'are'} ${count}`, `min ${element.name}`);
  if (check === undefined && slices === undefined) return;
  if (list === undefined) {
    const place = placeOf(name, choice, type, -1, value, parent);
    check?.(value, extra, place, run);
    slices?.check([{ value, extra, type, place }], place, run);
    return;
  }
  const items: Item[] = [];
  for (let index = 0; index < count; index++) {
    const one: unknown = Array.isArray(value) ? (value[index] ?? undefined) : undefined;
    const beside: unknown = Array.isArray(extra) ? (extra[index] ?? undefined) : undefined;
    const place = placeOf(name, choice, type, index, one, parent);
    check?.(one, beside, place, run);
    if (slices !== undefined) items.push({ value: one, extra: beside, type, place });
  }
  slices?.check(items, placeOf(name, choice, type, -1, value, parent), run);
}

const placeOf = (name: string, choice: string | undefined, type: string, index: number, value: unknown, parent: Place): Place =>
  ({ parent, name, choice, index, type: type === 'Resource' && isObject(value) && typeof value['resourceType'] === 'string' ? value['resourceType'] : type, value });

/** A property that is none of the elements' may be a choice of a type that a profile leaves out. */
function wrongChoice(stems: readonly Element[], name: string, place: Place, run: Run): void {
  for (const { name: choice, label, properties } of stems) {
    const stem = choice.slice(0, -3);
    if (!name.startsWith(stem) || !/^[A-Z]/.test(name.slice(stem.length))) continue;
    const at = placeOf(name, stem, name.slice(stem.length), -1, undefined, place);
    report(run, 'error', 'structure', at, `${label}: ${name} is none of ${properties.join(', ')}`, `choice ${choice}`);
  }
}
