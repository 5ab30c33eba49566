/** JSON text with decimals as they are meant to be read: 7.0 stays 7.0. */

/** Stands for a number with so many digits behind the point. */
export const decimal = (value: number, digits: number): string => `\u0001${value.toFixed(digits)}`;

/** @returns the JSON text of a value; texts of {@link decimal} become numbers */
export const jsonText = (value: unknown): string => JSON.stringify(value).replace(/"\\u0001(-?[0-9.]+)"/g, '$1');
