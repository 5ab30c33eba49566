/** The sql`` tag: fragments of SQL with their values, composed without ever quoting a value into the text. */

/** A statement or a part of one. `text` numbers the placeholders of `values` from $1. */
export class Sql {
  readonly #strings: readonly string[];
  readonly values: readonly unknown[];

  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.#strings = strings;
    this.values = values;
  }

  get text(): string {
    return this.#strings.reduce((text, part, n) => `${text}$${n}${part}`);
  }

  /** The texts between the values; one more than there are values. */
  get strings(): readonly string[] {
    return this.#strings;
  }
}

/** Composes a fragment: values become placeholders, fragments are spliced in. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  const texts: string[] = [strings[0]!];
  const bound: unknown[] = [];
  values.forEach((value, n) => {
    if (value instanceof Sql) {
      const [first, ...others] = value.strings as [string, ...string[]];
      texts[texts.length - 1] += first;
      texts.push(...others);
      bound.push(...value.values);
      texts[texts.length - 1] += strings[n + 1]!;
    } else {
      bound.push(value);
      texts.push(strings[n + 1]!);
    }
  });
  return new Sql(texts, bound);
}

/** Text that is SQL already: names of tables and the like, never anything that came from a request. */
export const raw = (text: string): Sql => new Sql([text], []);

export const empty: Sql = raw('');

/** @returns the fragments with the separator's text between them */
export function join(fragments: readonly Sql[], separator: string): Sql {
  const [first, ...others] = fragments;
  if (first === undefined) return empty;
  const between = raw(separator);
  return others.reduce((all, fragment) => sql`${all}${between}${fragment}`, first);
}
