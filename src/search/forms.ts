/** Forms: what keys are hashed from besides the parameter's code. A value is indexed in each form that a query may ask for. */

/** The name of the form, then its parts: `['system|code', 'http://loinc.org', '8480-6']`. */
export type Form = readonly [name: string, ...parts: string[]];

/** In place of a search parameter in rows of references: it is found by none, and kept for the sake of integrity. Ids of parameters begin at 1. */
export const anyReference = 0;
