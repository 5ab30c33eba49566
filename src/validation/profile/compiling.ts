/** What the parts of a profile's compilation share. */
import type { Definitions } from '../../fhir/definitions.ts';
import type { Concepts } from '../../terminology/concepts.ts';
import { typeCode, type ElementDefinition, type ElementType, type StructureSource } from '../snapshot/element.ts';
import type { Snapshots } from '../snapshot/generate.ts';
import type { ElementNode } from '../snapshot/tree.ts';
import type { Invariants } from './invariants.ts';
import type { Check } from './run.ts';

/** All that a compiled profile may ask for. */
export interface Compiler {
  readonly definitions: Definitions;
  readonly source: StructureSource;
  readonly snapshots: Snapshots;
  readonly concepts: Concepts;
  readonly invariants: Invariants;
  /** What a type of R4 asks of its values. */
  readonly type: (code: string) => Check;
  /** What a profile asks; undefined where it is not loaded or cannot be used, which has been said by then. */
  readonly profile: (url: string) => Check | undefined;
  /** A resource within another: its own type, and the profiles that it claims. */
  readonly resource: Check;
  /** What is asked of one value of an element; given here, since elements are made of one another. */
  readonly content: (target: Target, types: readonly ElementType[], compiling: Compiling) => Check | undefined;
  /** Says that something of a definition cannot be used. */
  readonly fault: (message: string) => void;
}

/** One profile under compilation. */
export interface Compiling extends Compiler {
  readonly root: ElementNode;
  /** Before an element's id in diagnostics: `us-core-patient `; empty for R4's own types. */
  readonly prefix: string;
}

/** An element and what is known of its place when it is compiled. */
export interface Target {
  readonly node: ElementNode;
  /** `us-core-patient Patient.identifier:mrn` */
  readonly label: string;
  /** Path for FHIRPath: of the element in its type, as far as backbones go. */
  readonly path: string;
  /** Keys of invariants that are checked elsewhere on the same value. */
  readonly except: ReadonlySet<string>;
}

export const isPrimitive = (code: string, definitions: Definitions): boolean => definitions.type(code)?.kind === 'primitive-type';
export const isResource = (code: string, definitions: Definitions): boolean => definitions.type(code)?.kind === 'resource';

export const most = ({ max }: ElementDefinition): number => (max === undefined || max === '*' ? Number.POSITIVE_INFINITY : Number(max));

/** A type may be given several times, once for each of its profiles. */
export function byCode(types: readonly ElementType[]): Map<string, ElementType[]> {
  const groups = new Map<string, ElementType[]>();
  for (const type of types) {
    const code = typeCode(type);
    groups.set(code, [...(groups.get(code) ?? []), type]);
  }
  return groups;
}
