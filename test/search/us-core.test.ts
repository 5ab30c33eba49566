/** The requests of the US Core 6.1.0 test kit, answered with their statuses and, where it is known, with their totals. Data and vectors of the shared folder. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { send } from '../support/http.ts';
import { useServer } from '../support/server.ts';
import { hasShared, readShared, sharedPath } from '../support/shared.ts';

interface Request {
  readonly verb: 'get' | 'post';
  readonly path: string;
  readonly status: number;
  readonly body?: string;
  readonly bruteForceTotal?: number | null;
}

/** By what the definitions of the package add, which the requests expect not to be there. */
const ofPackage = /^(?:CareTeam\?.*role|Encounter\?.*discharge-disposition|Goal\?.*description)=/;

describe.skipIf(!hasShared).each<[name: string, environment: Record<string, string>]>([
  ['US Core', {}], ['US Core with its package', { PACKAGES: sharedPath('data/us-core/us_core_610.tgz') }],
])('%s', (_name, environment) => {
  const server = useServer(environment);
  const expected = ({ path, body, status }: Request): number => (environment['PACKAGES'] !== undefined && status === 400 && ofPackage.test(path.includes('?') ? path : `${path.replace('/_search', '')}?${body}`) ? 200 : status);

  it('is answered request by request', { timeout: 180_000 }, async () => {
    const folder = 'data/inferno-us-core';
    const files = readdirSync(sharedPath(folder));
    for (const file of files.filter((name) => name.startsWith('uscore_bundle'))) {
      const answer = await send('POST', server().base, { body: readShared(folder, file) });
      expect(answer.status, `${file}: ${answer.text.slice(0, 300)}`).toBe(200);
    }
    const group = readShared(folder, files.find((name) => name.includes('group'))!);
    expect((await send('PUT', `${server().base}/Group/${(JSON.parse(group.toString()) as { id: string }).id}`, { body: group })).status).toBe(201);

    const requests = JSON.parse(readShared('vectors/us_core_610_requests.json').toString()) as Request[];
    const differing: string[] = [];
    for (const request of requests) {
      const { verb, path, body, bruteForceTotal } = request;
      const status = expected(request);
      const [below = '', query = ''] = path.split('?');
      const answer = verb === 'get' ? await send('GET', `${server().base}/${path}`)
        : await send('POST', `${server().base}/${below}`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: body ?? query });
      const total = answer.json?.total ?? answer.json?.entry?.filter((entry: any) => entry.search?.mode === 'match').length ?? 0;
      if (answer.status !== status || (typeof bruteForceTotal === 'number' && total !== bruteForceTotal)) {
        differing.push(`${verb} ${path}: ${answer.status} with ${total} instead of ${status} with ${bruteForceTotal}`);
      }
    }
    expect(requests).toHaveLength(999);
    expect(differing).toEqual([]);
  });
});
