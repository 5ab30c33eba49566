/** Quantities in UCUM's base units, so that 1 kg finds 1000 g. R4: search.html#quantity; ucum.org. */
import ucumPackage from '@lhncbc/ucum-lhc';

export const ucum = 'http://unitsofmeasure.org';

/** How a unit becomes its base units. */
interface Conversion {
  /** `m-3 g1` */
  readonly unit: string;
  readonly convert: (value: number) => number;
}

const cacheSize = 2_000;

/** Digits that a conversion keeps: those behind differ with the unit that it begins from. */
const rounded = (value: number): number => Number(value.toPrecision(12));

function createConverter(): (code: string) => Conversion | undefined {
  const library = ucumPackage.UcumLhcUtils.getInstance();
  const known = new Map<string, Conversion | undefined>();
  return (code) => {
    if (known.has(code)) return known.get(code);
    const conversion = conversionOf(code, library);
    if (known.size >= cacheSize) known.clear();
    known.set(code, conversion);
    return conversion;
  };
}

type Library = ReturnType<typeof ucumPackage.UcumLhcUtils.getInstance>;

function conversionOf(code: string, library: Library): Conversion | undefined {
  if (code.length > 100) return undefined;
  const { status, unitToExp = {}, magnitude, fromUnitIsSpecial } = library.convertToBaseUnits(code, 1);
  if (status !== 'succeeded' || magnitude === undefined) return undefined;
  // UCUM takes a mole for a number of things: by it 5 mmol/L were more than any count of cells. Amounts are compared among themselves.
  const { moleExp_: mol = 0, equivalentExp_: eq = 0 } = library.getSpecifiedUnit(code, 'validate').unit ?? {};
  const powers = Object.entries({ ...unitToExp, ...(mol !== 0 && { mol }), ...(eq !== 0 && { eq }) });
  const unit = powers.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, exponent]) => `${name}${exponent}`).join(' ');
  // What has no dimension ({score}, %) is compared as it is written, and so are logarithms such as pH: only temperatures have a zero
  // of their own that can be moved.
  if (unit === '' || (fromUnitIsSpecial === true && unit !== 'K1')) return undefined;
  if (fromUnitIsSpecial !== true) return { unit, convert: (value) => rounded(value * magnitude) };
  return { unit, convert: (value) => rounded(library.convertToBaseUnits(code, value).magnitude ?? Number.NaN) };
}

const lazy: { converter?: ReturnType<typeof createConverter> } = {};

/**
 * @param code of UCUM
 * @returns the unit that its kind of quantity is compared in, and the conversion; undefined where the code is none or has no dimension
 */
export const canonicalUnit = (code: string): Conversion | undefined => (lazy.converter ??= createConverter())(code);
