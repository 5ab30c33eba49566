/**
 * A text to be kept for long: cut out of a longer one, it would keep all of that.
 * @returns the same text, with no part in another
 */
export const ownText = (text: string): string => Buffer.from(text, 'utf16le').toString('utf16le');
