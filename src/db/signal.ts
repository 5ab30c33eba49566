/** Says that what is asked for is wanted no longer: an AbortSignal, or what is cheaper to make (http/exchange.ts). */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  /** Throws the reason where it has aborted. */
  throwIfAborted(): void;
  addEventListener(type: 'abort', listener: () => void, options: { readonly once: true }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
