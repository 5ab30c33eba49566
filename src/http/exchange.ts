/** A request's id and its signal, which aborts when the client goes away or the time is up. */
import type { ServerResponse } from 'node:http';
import type { Exchange } from '../context.ts';

/** A class, for its getter: the signal is made when first asked for, and most requests are over before it could matter. */
class HttpExchange implements Exchange {
  readonly requestId: string;
  readonly #response: ServerResponse;
  readonly #limit: number;
  #departure: Departure | undefined;

  constructor(requestId: string, response: ServerResponse, limit: number) {
    this.requestId = requestId;
    this.#response = response;
    this.#limit = limit;
  }

  get signal(): Exchange['signal'] {
    return (this.#departure ??= new Departure(this.#response, this.#limit));
  }
}

/** What an AbortSignal does, as far as it is asked for here: to make one and to listen to it takes a twentieth of a small write. */
class Departure {
  #reason: DOMException | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(response: ServerResponse, limit: number) {
    const timer = setTimeout(() => this.#abort(), limit);
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) this.#abort();
    });
  }

  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#reason !== undefined) throw this.#reason;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  #abort(): void {
    if (this.#reason !== undefined) return;
    this.#reason = new DOMException('The client has gone, or the time is up', 'AbortError');
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** @param limit milliseconds that the request may take */
export const createExchange = (requestId: string, response: ServerResponse, limit: number): Exchange => new HttpExchange(requestId, response, limit);
