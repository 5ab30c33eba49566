/** A request's id and its signal, which aborts when the client goes away or the time is up. */
import { setMaxListeners } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Exchange } from '../context.ts';

/** A class, for its getter: the signal is made when first asked for, and most requests are over before it could matter. */
class HttpExchange implements Exchange {
  readonly requestId: string;
  readonly #response: ServerResponse;
  readonly #limit: number;
  #controller: AbortController | undefined;

  constructor(requestId: string, response: ServerResponse, limit: number) {
    this.requestId = requestId;
    this.#response = response;
    this.#limit = limit;
  }

  get signal(): AbortSignal {
    return (this.#controller ??= this.#watch()).signal;
  }

  #watch(): AbortController {
    const controller = new AbortController();
    // Entries of a batch listen at the same time; Node takes more than ten listeners for a leak, and warns.
    setMaxListeners(0, controller.signal);
    const response = this.#response;
    const timer = setTimeout(() => controller.abort(), this.#limit);
    response.once('close', () => {
      clearTimeout(timer);
      if (!response.writableFinished) controller.abort();
    });
    return controller;
  }
}

/** @param limit milliseconds that the request may take */
export const createExchange = (requestId: string, response: ServerResponse, limit: number): Exchange => new HttpExchange(requestId, response, limit);
