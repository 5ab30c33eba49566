/** As much of UCUM as the units of clinical data need: prefixes, products, quotients, powers. Exact, as fractions. R4: search.html#quantity. */
import { times, type Exact } from './decimal.ts';

export const ucum = 'http://unitsofmeasure.org';

export interface Unit {
  /** What the unit is of: equal texts can be converted. */
  readonly dimension: string;
  readonly numerator: Exact;
  readonly denominator: Exact;
}

const exact = (digits: number | bigint, exponent = 0): Exact => ({ digits: BigInt(digits), exponent });

/** Symbols that take prefixes: dimension by base unit, and how many of it. */
const metric: Readonly<Record<string, [dimension: Record<string, number>, factor: Exact]>> = {
  m: [{ m: 1 }, exact(1)], g: [{ g: 1 }, exact(1)], s: [{ s: 1 }, exact(1)], K: [{ K: 1 }, exact(1)],
  L: [{ m: 3 }, exact(1, -3)], l: [{ m: 3 }, exact(1, -3)], mol: [{ mol: 1 }, exact(1)],
  // Arbitrary units can be compared with themselves alone.
  '[iU]': [{ iU: 1 }, exact(1)], '[IU]': [{ iU: 1 }, exact(1)], eq: [{ eq: 1 }, exact(1)],
  // A unit of enzyme is a micromole a minute, which is no finite decimal a second; it is compared with itself alone.
  U: [{ U: 1 }, exact(1)], Pa: [{ m: -1, g: 1, s: -2 }, exact(1, 3)], 'm[Hg]': [{ m: -1, g: 1, s: -2 }, exact(133_322, 3)], Cel: [{ Cel: 1 }, exact(1)],
};

const plain: Readonly<Record<string, [dimension: Record<string, number>, factor: Exact]>> = {
  min: [{ s: 1 }, exact(60)], h: [{ s: 1 }, exact(3600)], d: [{ s: 1 }, exact(86_400)], wk: [{ s: 1 }, exact(604_800)], '%': [{}, exact(1, -2)],
  a: [{ s: 1 }, exact(31_557_600)], mo: [{ s: 1 }, exact(2_629_800)], '[in_i]': [{ m: 1 }, exact(254, -4)], '[ft_i]': [{ m: 1 }, exact(3048, -4)],
  '[lb_av]': [{ g: 1 }, exact(45_359_237, -5)], '[oz_av]': [{ g: 1 }, exact(28_349_523_125n, -9)], '[pH]': [{ pH: 1 }, exact(1)], '[degF]': [{ degF: 1 }, exact(1)],
};

const prefixes: Readonly<Record<string, number>> = { k: 3, h: 2, da: 1, d: -1, c: -2, m: -3, u: -6, n: -9, p: -12, f: -15, M: 6, G: 9 };

/** @returns undefined where the oracle cannot tell what the unit is; a server may still know it, so such units take no part in conversions here */
export function canonicalUnit(code: string): Unit | undefined {
  const dimension: Record<string, number> = {};
  let [numerator, denominator] = [exact(1), exact(1)];
  // Annotations count as the unity; so does a term of nothing else.
  const terms = code.replace(/\{[^}]*\}/g, '').match(/[./]?[^./]*/g)?.filter((term) => term !== '') ?? [];
  for (const term of terms) {
    const isDivided = term.startsWith('/');
    const text = term.replace(/^[./]/, '');
    if (text === '' || text === '1') continue;
    const found = unitOf(text);
    if (found === undefined) return undefined;
    const [powerOf, factor] = found;
    for (const [base, power] of Object.entries(powerOf)) dimension[base] = (dimension[base] ?? 0) + (isDivided ? -power : power);
    if (isDivided) denominator = times(denominator, factor);
    else numerator = times(numerator, factor);
  }
  const text = Object.entries(dimension).filter(([, power]) => power !== 0).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([base, power]) => `${base}${power}`).join(' ');
  return { dimension: text, numerator, denominator };
}

/** One factor: `10*3`, `kg`, `m2`. */
function unitOf(text: string): readonly [dimension: Record<string, number>, factor: Exact] | undefined {
  const ten = /^10[*^](-?\d+)$/.exec(text);
  if (ten !== null) return [{}, exact(1, Number(ten[1]))];
  const [, symbol = '', power = '1'] = /^(.*?[^\d-])([-]?\d+)?$/.exec(text) ?? [];
  const found = plain[symbol] ?? metric[symbol] ?? prefixed(symbol);
  const raised = Number(power);
  // A negative power would need the fraction turned over, and no unit in use here has one.
  if (found === undefined || raised < 1) return undefined;
  const [dimension, factor] = found;
  return [Object.fromEntries(Object.entries(dimension).map(([base, one]) => [base, one * raised])), { digits: factor.digits ** BigInt(raised), exponent: factor.exponent * raised }];
}

function prefixed(symbol: string): [Record<string, number>, Exact] | undefined {
  for (const [prefix, exponent] of Object.entries(prefixes)) {
    const base = symbol.startsWith(prefix) ? metric[symbol.slice(prefix.length)] : undefined;
    if (base !== undefined) return [base[0], { digits: base[1].digits, exponent: base[1].exponent + exponent }];
  }
  return undefined;
}
