/** StructureDefinition and ElementDefinition as far as they say something about instances. R4: structuredefinition.html, elementdefinition.html. */

export interface StructureDefinition {
  readonly resourceType: 'StructureDefinition';
  readonly url: string;
  readonly version?: string;
  readonly name?: string;
  readonly title?: string;
  readonly status?: string;
  readonly kind: string;
  readonly abstract?: boolean;
  readonly type: string;
  readonly baseDefinition?: string;
  readonly derivation?: string;
  readonly context?: readonly ExtensionContext[];
  readonly contextInvariant?: readonly string[];
  readonly snapshot?: { readonly element: readonly ElementDefinition[] };
  readonly differential?: { readonly element: readonly ElementDefinition[] };
}

export interface ExtensionContext {
  readonly type: string;
  readonly expression: string;
}

export interface ElementDefinition {
  readonly id?: string;
  readonly path: string;
  readonly sliceName?: string;
  readonly slicing?: Slicing;
  readonly min?: number;
  readonly max?: string;
  readonly contentReference?: string;
  readonly type?: readonly ElementType[];
  readonly maxLength?: number;
  readonly constraint?: readonly Constraint[];
  readonly binding?: Binding;
  readonly isModifier?: boolean;
  readonly mustSupport?: boolean;
  /** fixed[x], pattern[x], minValue[x] and maxValue[x]. */
  readonly [choice: string]: unknown;
}

export interface Slicing {
  readonly discriminator?: readonly Discriminator[];
  readonly ordered?: boolean;
  readonly rules?: string;
}

export interface Discriminator {
  readonly type: string;
  readonly path: string;
}

export interface ElementType {
  readonly code: string;
  readonly profile?: readonly string[];
  readonly targetProfile?: readonly string[];
  readonly extension?: readonly Extension[];
}

export interface Constraint {
  readonly key: string;
  readonly severity: string;
  /** What the invariant asks, in words; R4's own have none here. */
  readonly human?: string;
  readonly expression?: string;
  readonly extension?: readonly Extension[];
}

export interface Binding {
  readonly strength: string;
  readonly valueSet?: string;
  readonly extension?: readonly Extension[];
}

export interface Extension {
  readonly url: string;
  readonly [value: string]: unknown;
}

/** Where StructureDefinitions come from, by canonical without version. */
export interface StructureSource {
  readonly definition: (url: string) => StructureDefinition | undefined;
}

const coreUrl = 'http://hl7.org/fhir/StructureDefinition/';

/** @returns the canonical of a type of R4 itself */
export const typeUrl = (code: string): string => (code.includes('/') ? code : `${coreUrl}${code}`);

/** @returns a canonical without its version */
export const withoutVersion = (canonical: string): string => {
  const bar = canonical.indexOf('|');
  return bar === -1 ? canonical : canonical.slice(0, bar);
};

const fhirTypeUrl = `${coreUrl}structuredefinition-fhir-type`;

/** @returns FHIR's name of a type that may be given in FHIRPath's: `id`, `uri` and the values of primitives */
export function typeCode({ code, extension }: ElementType): string {
  const stated = extension?.find(({ url }) => url === fhirTypeUrl)?.['valueUrl'];
  if (typeof stated === 'string') return stated;
  return code.startsWith('http://hl7.org/fhirpath/System.') ? code.slice(31).replace(/^./, (letter) => letter.toLowerCase()) : code;
}

/** @returns the property of an element by its stem (`fixed`, `pattern`): its full name and value */
export function choiceOf(element: ElementDefinition, stem: string): { readonly name: string; readonly value: unknown } | undefined {
  for (const name in element) {
    if (name.length > stem.length && name.startsWith(stem) && /[A-Z]/.test(name.charAt(stem.length))) return { name, value: element[name] };
  }
  return undefined;
}
