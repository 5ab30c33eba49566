/** Forms: what keys are hashed from besides the parameter's code. A value is indexed in each form that a query may ask for. */

/** The name of the form, then its parts: `['system|code', 'http://loinc.org', '8480-6']`. */
export type Form = readonly [name: string, ...parts: string[]];
