/** What of @lhncbc/ucum-lhc is used; the package has no types. */
declare module '@lhncbc/ucum-lhc' {
  interface Conversion {
    readonly status: 'succeeded' | 'failed' | 'invalid' | 'error';
    readonly magnitude?: number;
    readonly unitToExp?: Readonly<Record<string, number>>;
    readonly fromUnitIsSpecial?: boolean;
  }
  interface Library {
    convertToBaseUnits(fromUnit: string, value: number): Conversion;
    /** `moleExp_` and `equivalentExp_` are powers of mol and eq, which UCUM itself takes for numbers. */
    getSpecifiedUnit(code: string, check: 'validate'): { readonly unit: { readonly moleExp_?: number; readonly equivalentExp_?: number } | null };
  }
  const ucumPackage: { readonly UcumLhcUtils: { getInstance(): Library } };
  export default ucumPackage;
}
