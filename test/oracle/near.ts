/** `near` in the oracle: great circles on a sphere. R4: location.html#positional-searching. */
import { Decimal, isObject, type Json } from './json.ts';
import type { Typed } from './expression.ts';
import { BadQuery, split, type Matcher, type Reading } from './values.ts';

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
}

export function preparePosition({ value }: Typed): Position[] {
  if (!isObject(value)) return [];
  const degrees = (member: Json | undefined): number => (member instanceof Decimal ? Number(member.text) : Number.NaN);
  const position = { latitude: degrees(value['latitude']), longitude: degrees(value['longitude']) };
  return Number.isNaN(position.latitude) || Number.isNaN(position.longitude) ? [] : [position];
}

const kilometres: Readonly<Record<string, number>> = { km: 1, m: 0.001, '[mi_i]': 1.609344, '[mi_us]': 1.609347, '[nmi_i]': 1.852, '[ft_i]': 0.0003048, mi: 1.609344 };

export function distance(a: Position, b: Position): number {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180;
  const half = (angle: number): number => Math.sin(angle / 2) ** 2;
  const h = half(radians(b.latitude - a.latitude)) + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * half(radians(b.longitude - a.longitude));
  return 2 * 6371 * Math.asin(Math.sqrt(Math.min(1, h)));
}

export function nearMatcher(value: string, { approximate }: Reading): Matcher<Position> {
  const [latitude = '', longitude = '', far = '', unit = ''] = split(value, '|');
  const unitInKilometres = kilometres[unit === '' ? 'km' : unit];
  if ([latitude, longitude, far].some((text) => text === '' || Number.isNaN(Number(text))) || unitInKilometres === undefined) throw new BadQuery(`"${value}" is no position with a distance`);
  const centre = { latitude: Number(latitude), longitude: Number(longitude) };
  // Sphere and ellipsoid differ by up to 0.6 %.
  const limit = Number(far) * unitInKilometres * (approximate === 'narrow' ? 0.993 : 1.007);
  return (position) => distance(centre, position) <= limit;
}
