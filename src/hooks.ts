/**
 * Hooks: what a person adds to the server without changing it. A module that HOOKS names has them as its default export; `examples/hooks.mjs`
 * shows each. Types only: what calls them is in rest/hooks.ts.
 */

/** What can be said to a hook and by it. */
export interface HookTools {
  readonly requestId: string;
  /**
   * @param status 400 to 499
   * @param diagnostics one sentence for the client
   * @returns an error to be thrown: the request is refused with it, and of a transaction nothing happens
   */
  refuse(status: number, diagnostics: string): Error;
}

/** A request, or an entry of a Bundle. */
export interface HookRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Decoded, below the base: `['Patient', '1']`. */
  readonly path: readonly string[];
  readonly parameters: readonly (readonly [name: string, value: string])[];
  /** Lower-case names; of an entry, those that it stands for. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A write that is about to be carried out: conditions are settled by then, patches made, references rewritten. */
export interface HookWrite {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly type: string;
  readonly id: string;
  /** The resource's text; absent for a deletion. */
  readonly text?: string;
}

/** A version that was made. */
export interface HookChange extends HookWrite {
  readonly version: number;
  readonly lastUpdated: Date;
}

export interface CommitTools extends HookTools {
  /** @returns the text of a resource as the transaction finds it; undefined where it is not there */
  read(type: string, id: string): Promise<string | undefined>;
}

export interface Hooks {
  /** Before anything is done, for each request and each entry of a Bundle. */
  authorise?(request: HookRequest, tools: HookTools): void | Promise<void>;
  /**
   * In the transaction, before its writes; again where the transaction is run again, so that it must not act on anything else.
   * @returns resources to be created in the same transaction, with ids that the server gives
   */
  beforeCommit?(writes: readonly HookWrite[], tools: CommitTools): HookResources | Promise<HookResources>;
  /** When the transaction is committed, and never after a dry run. What it throws is logged. Not called for what the server was killed before. */
  afterCommit?(changes: readonly HookChange[], tools: Pick<HookTools, 'requestId'>): void | Promise<void>;
}

export type HookResources = readonly { readonly resourceType: string }[] | undefined;
