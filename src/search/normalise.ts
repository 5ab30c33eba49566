/**
 * How strings are compared: without case, accents, punctuation and repeated white space. R4: search.html#string.
 *
 * A dash, a slash or an underscore parts words as a space does; other punctuation is as if it were not there (O'Brien = obrien).
 * Changing anything here, or what else rows are made by, changes the index: raise the version.
 */

export const normaliserVersion = 4;

/** Longest indexed string, in code points: a longer one does not fit an index entry. */
export const indexedLength = 200;

/** @returns the normalised text, uncut */
export function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replace(/[\s\p{Pd}/_]+/gu, ' ')
    .replace(/[^\p{L}\p{N} ]/gu, '')
    .replace(/ +/g, ' ')
    .trim();
}

/** @returns at most the first {@link indexedLength} code points */
export const cut = (text: string): string => (text.length <= indexedLength ? text : [...text].slice(0, indexedLength).join(''));

/** Folds the case of a code (search.html#token: when in doubt, without case). */
export const foldCode = (code: string): string => code.toLowerCase();
