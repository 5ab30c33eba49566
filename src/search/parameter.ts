/** A search parameter as the index and the query see it: a definition with its id in the database and its compiled expression. */
import type { Definitions, SearchParameter } from '../fhir/definitions.ts';
import type { Extractor } from '../fhir/fhirpath/compile.ts';
import type { KeyHash } from './keys.ts';
import type { LocalTarget } from './local-target.ts';
import type { Component } from './types/composite.ts';

export interface IndexedParameter {
  /** In the table search_parameter. */
  readonly id: number;
  readonly definition: SearchParameter;
  readonly code: string;
  readonly extract: Extractor;
  /** Keys of a resource, without one of which it has no value; undefined where it may have one without any. */
  readonly beginnings: readonly string[] | undefined;
  /** FHIR types that its values can have. */
  readonly types: ReadonlySet<string>;
  /** Whether its codes are compared with case. */
  readonly isExact: boolean;
  /** Whether its codes are names of media types, which lie below one another. */
  readonly isMediaType: boolean;
  /** Codes of the parameters whose values together are this one's; it then has no rows of its own. */
  readonly union?: readonly string[];
  /** Id of the parameter whose rows of references are this one's too (unions.ts): its own, but where it is one of several on an element. */
  readonly referencesOf: number;
  /** A composite whose components stand on the resource itself: their own rows answer it, with those of types/composite.ts. */
  readonly isOfWholeResource: boolean;
  /** Of a composite. */
  readonly components: readonly Component[];
}

/** What the files of the types need besides a parameter and its values. */
export interface IndexSettings {
  readonly definitions: Definitions;
  readonly hash: KeyHash;
  readonly localTarget: LocalTarget;
  /** Zone in which times without zone are read. */
  readonly timeZone: string;
}
