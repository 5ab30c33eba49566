/** Numbers as FHIRPath and fixed values take them: doubles, without the text that was sent. */
import { JsonNumber, type JsonValue } from '../../fhir/json/value.ts';

/** @returns the value itself where there is nothing to change */
export function doubles(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof JsonNumber) return value.valueOf();
  if (Array.isArray(value)) {
    const items = value.map(doubles);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  let changed: Map<string, JsonValue> | undefined;
  for (const key in value) {
    const inner = doubles(value[key]!);
    if (inner !== value[key]) (changed ??= new Map()).set(key, inner);
  }
  return changed === undefined ? value : Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, changed.get(key) ?? inner]));
}
