/** HTML as text that is safe by its type: whatever is put into a template is escaped unless it is {@link Html} itself. */

/** A piece of HTML. Made by {@link html} only, and by what writes tokens of its own with {@link escaped} around every text. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes; `undefined` and `false` leave nothing, a list is joined. */
export type Piece = Html | string | number | undefined | false | readonly Piece[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** @returns the text as it may stand in an element or between the quotes of an attribute */
export const escaped = (text: string): string => (/[&<>"']/.test(text) ? text.replace(/[&<>"']/g, (character) => entities[character]!) : text);

/** Composes HTML. Attributes must stand in quotes. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  let text = strings[0]!;
  pieces.forEach((piece, n) => (text += textOf(piece) + strings[n + 1]!));
  return new Html(text);
}

function textOf(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'string') return escaped(piece);
  return typeof piece === 'number' ? String(piece) : piece.map(textOf).join('');
}
