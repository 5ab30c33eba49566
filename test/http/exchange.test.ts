/** The signal of a request, which all that it does listens to. */
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { createExchange } from '../../src/http/exchange.ts';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';

const server = useServer();

it('a batch of many writes is no leak of listeners', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on('warning', note);
  const entry = Array.from({ length: 60 }, (_, n) => ({ request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic', code: { text: `t${n}` } } }));
  const { json } = await send('POST', server().base, { body: { resourceType: 'Bundle', type: 'batch', entry } });
  expect(json.entry.map(({ response }: any) => response.status.slice(0, 3))).toEqual(entry.map(() => '201'));
  await new Promise(setImmediate);
  process.off('warning', note);
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
});

/** As far as a signal looks at a response. */
const responseOf = (): ServerResponse & { writableFinished: boolean } => Object.assign(new EventEmitter(), { writableFinished: false }) as never;

it('aborts when the client goes, once, and tells those who listen and have not left', () => {
  const response = responseOf();
  const { signal } = createExchange('x', response, 10_000);
  const told: string[] = [];
  const left = (): void => void told.push('left');
  for (const name of ['a', 'b']) signal.addEventListener('abort', () => void told.push(name), { once: true });
  signal.addEventListener('abort', left, { once: true });
  signal.removeEventListener('abort', left);
  signal.throwIfAborted();
  expect([signal.aborted, told]).toEqual([false, []]);
  response.emit('close');
  response.emit('close');
  expect([signal.aborted, told]).toEqual([true, ['a', 'b']]);
  expect(() => signal.throwIfAborted()).toThrow(signal.reason as Error);
  expect(signal.reason).toMatchObject({ name: 'AbortError' });
});

it('aborts when the time is up, and not when the answer was sent', async () => {
  const [late, answered] = [responseOf(), Object.assign(responseOf(), { writableFinished: true })];
  const signals = [late, answered].map((response) => createExchange('x', response, 20).signal);
  answered.emit('close');
  await new Promise<void>((resolve) => signals[0]!.addEventListener('abort', resolve, { once: true }));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
});
