/**
 * What every handler is given: the server's parts, and what belongs to this one request. Types only.
 */
import type { Definitions } from './fhir/definitions.ts';
import type { NarrativeRule } from './fhir/patch/narrative.ts';
import type { ReferenceFinder } from './fhir/rewrite.ts';
import type { Hooks } from './hooks.ts';
import type { FhirRequest, FhirResponse } from './rest/endpoint.ts';
import type { Database, Transaction } from './db/pool.ts';
import type { Signal } from './db/signal.ts';
import type { SearchIndex } from './search/extract.ts';
import type { StructureValidator } from './validation/structure/validate.ts';
import type { DefinitionsChange } from './search/posted.ts';
import type { WholeRecordReader } from './search/whole-record.ts';
import type { GroupCommit } from './store/group-commit.ts';
import type { Horizon } from './store/horizon.ts';
import type { Rids } from './store/rids.ts';
import type { Profiles } from './validation/profiles.ts';

/** Writes one line for the operator; fields never hold resource content or query values at info level. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Who asks. Anonymous until SMART is built. */
export interface Principal {
  readonly kind: 'anonymous';
}

export interface Context {
  readonly db: Database;
  /** Set while a transaction Bundle is carried out: handlers then read and write inside it. */
  readonly tx?: Transaction;
  /** Commits single writes together with those of other clients. */
  readonly groupCommit: GroupCommit;
  /** What is known of rids without asking. */
  readonly rids: Rids;
  readonly wholeRecord: WholeRecordReader;
  /** Until when answers are complete. */
  readonly horizon: Horizon;
  readonly definitions: Definitions;
  /** How resources are indexed with these definitions in this database. */
  readonly index: SearchIndex;
  /** Finds what may refer to a resource in a resource's text. */
  readonly findReferences: ReferenceFinder;
  readonly settings: RestSettings;
  /** The CapabilityStatement for a base. */
  readonly capabilityStatement: (base: string) => { readonly text: string; readonly tag: string; readonly gzip: () => Buffer };
  readonly validation: Validation;
  /** Profiles, extensions and terminology of R4 and of the packages that are loaded, and their validator. */
  readonly profiles: Profiles;
  /** The definition that the server works by, where there is one of that type and id. */
  readonly definition: (type: string, id: string) => { readonly text: string; readonly tag: string } | undefined;
  /** What the transaction under way changes in the definitions: carried out at its end, so that all of it works by the same. */
  readonly pending: { change: DefinitionsChange | undefined };
  readonly principal: Principal;
  /** Runs any request as if it had come by HTTP; errors are thrown as FhirError. */
  readonly dispatch: (request: FhirRequest, context: Context) => Promise<FhirResponse>;
  readonly log: Log;
  /** Of whoever runs the server. */
  readonly hooks: Hooks;
  readonly exchange: Exchange;
}

/** What is asked of a resource before it is stored. */
export interface Validation {
  readonly mode: 'off' | 'structure' | 'profile';
  readonly structure: StructureValidator;
}

/** One request of a client, as far as handlers are concerned. */
export interface Exchange {
  readonly requestId: string;
  /** Aborts when the client goes away or the request's time is up. */
  readonly signal: Signal;
}

/** The settings that change how the API answers. */
export interface RestSettings {
  /** Every base under which this server's own resources may be named in absolute references. */
  readonly ownBases: readonly string[];
  /** IANA zone in which dates without zone are read. */
  readonly timeZone: string;
  /** What becomes of a narrative that a PATCH does not touch. */
  readonly patchNarrative: NarrativeRule;
  /** Whether criteria of a DELETE may match several resources. */
  readonly conditionalDelete: 'single' | 'multiple';
  /** Whether references must lead to what is there: refused, warned of, or let be. */
  readonly referentialIntegrity: 'off' | 'warn' | 'enforce';
  /** Whether a history Bundle is kept with its versions. */
  readonly historyImport: boolean;
  /** Whether a deletion may take with it what refers to the resource. */
  readonly cascadeDelete: boolean;
  /** What becomes of unknown search parameters where the client does not say. */
  readonly searchHandling: 'strict' | 'lenient';
  /** Whether a search can be explained. */
  readonly explain: boolean;
}
