/** The signal of a request, which all that it does listens to. */
import { expect, it } from 'vitest';
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
