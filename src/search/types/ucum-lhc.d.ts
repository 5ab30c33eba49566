/** What of @lhncbc/ucum-lhc is used; the package has no types. */
declare module '@lhncbc/ucum-lhc' {
  interface Conversion {
    readonly status: 'succeeded' | 'failed' | 'invalid' | 'error';
    readonly magnitude?: number;
    readonly unitToExp?: Readonly<Record<string, number>>;
    readonly fromUnitIsSpecial?: boolean;
  }
  const ucumPackage: { readonly UcumLhcUtils: { getInstance(): { convertToBaseUnits(fromUnit: string, value: number): Conversion } } };
  export default ucumPackage;
}
