/** Which of several stored definitions with one canonical holds. R4: references.html#canonical. */
import type { ConformanceResource } from '../fhir/conformance-resource.ts';

const ranks: Readonly<Record<string, number>> = { active: 2, retired: 0 };
const rank = ({ status }: ConformanceResource): number => ranks[String(status)] ?? 1;

/** @returns the one that is active, or not retired; of two alike the one of the later version, else the one that was stored later */
export function preferred(later: ConformanceResource, earlier: ConformanceResource): ConformanceResource {
  const difference = rank(later) - rank(earlier) || compareVersions(String(later['version'] ?? ''), String(earlier['version'] ?? ''));
  return difference >= 0 ? later : earlier;
}

/** Numbers between the dots as numbers, all else as text: 6.10.0 is behind 6.9.0. */
function compareVersions(a: string, b: string): number {
  const [one, other] = [a.split('.'), b.split('.')];
  for (let n = 0; n < Math.max(one.length, other.length); n++) {
    const [left = '', right = ''] = [one[n], other[n]];
    if (left === right) continue;
    const areNumbers = /^\d{1,15}$/.test(left) && /^\d{1,15}$/.test(right);
    return areNumbers ? Number(left) - Number(right) : left < right ? -1 : 1;
  }
  return 0;
}
