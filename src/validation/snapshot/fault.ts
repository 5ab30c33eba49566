/** What is wrong with a definition, in one sentence that names it. */
export class DefinitionFault extends Error {
  override readonly name = 'DefinitionFault';
  /** Canonical of the definition. */
  readonly url: string;
  /** Id of the element at fault. */
  readonly element: string | undefined;

  constructor(url: string, message: string, element?: string) {
    super(element === undefined ? `${url}: ${message}` : `${url}, element ${element}: ${message}`);
    this.url = url;
    this.element = element;
  }
}
