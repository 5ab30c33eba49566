/** Rows without repetition: nearly always a few, which are compared one by one, and sometimes thousands. */

/** What makes a row the same as another. */
export interface Likeness<Row> {
  isSame(a: Row, b: Row): boolean;
  /** The same for rows that are the same, and for no others. */
  textOf(row: Row): string;
}

/** Rows that are compared one by one; more are by a text of each. */
const few = 16;
const none: readonly never[] = [];

/** A class, since a resource takes six of them: with closures they came to 3 KB, an eighth of the garbage of its index. */
export class Distinct<Row> {
  #rows: readonly Row[] = none;
  readonly #likeness: Likeness<Row>;
  #texts: Set<string> | undefined;

  constructor(likeness: Likeness<Row>) {
    this.#likeness = likeness;
  }

  /** In the order in which they were added. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Adds a row; @returns whether it was not there yet */
  add(row: Row): boolean {
    if (this.#has(row)) return false;
    // A list of one has room for no more, where the first that is pushed into an empty one takes room for 17.
    if (this.#rows.length === 0) this.#rows = [row];
    else (this.#rows as Row[]).push(row);
    return true;
  }

  #has(row: Row): boolean {
    const rows = this.#rows;
    const { isSame, textOf } = this.#likeness;
    if (rows.length < few) {
      for (let n = 0; n < rows.length; n++) if (isSame(rows[n]!, row)) return true;
      return false;
    }
    this.#texts ??= new Set(rows.map(textOf));
    const { size } = this.#texts;
    return this.#texts.add(textOf(row)).size === size;
  }
}
