import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, settingsTable } from '../src/config.ts';

describe('settings', () => {
  it('have defaults; empty variables are absent ones', () => {
    expect(readConfig({ PORT: '' })).toMatchObject({ port: 8080, host: 'localhost', databaseUrl: undefined, dataDir: '.data', bodyLimit: 67_108_864, timeZone: 'UTC', loadSample: 'auto', corsOrigins: 'auto', trustProxy: false, patchNarrative: 'remove', conditionalDelete: 'single' });
  });

  const good: readonly [variable: string, text: string, expected: object][] = [
    ['PORT', '0', { port: 0 }], ['BODY_LIMIT', '1mb', { bodyLimit: 1_048_576 }], ['BODY_LIMIT', '2048', { bodyLimit: 2048 }], ['TIME_ZONE', 'Europe/Amsterdam', { timeZone: 'Europe/Amsterdam' }],
    ['BASE_URL', 'https://x.example.org/fhir/', { baseUrl: 'https://x.example.org/fhir' }], ['CORS_ORIGINS', 'https://a.example.org, http://localhost:3000', { corsOrigins: ['https://a.example.org', 'http://localhost:3000'] }],
    ['CORS_ORIGINS', '*', { corsOrigins: '*' }], ['LOAD_SAMPLE', 'no', { loadSample: false }], ['TRUST_PROXY', 'TRUE', { trustProxy: true }], ['REQUEST_TIMEOUT', '5', { requestTimeout: 5000 }],
    ['WORKERS', '6', { workers: 6, poolMax: 20 }], ['PATCH_NARRATIVE', 'keep', { patchNarrative: 'keep' }], ['CONDITIONAL_DELETE', 'multiple', { conditionalDelete: 'multiple' }],
    ['SEARCH_HANDLING', 'lenient', { searchHandling: 'lenient' }], ['EXPLAIN', 'on', { explain: true }], ['EXPLAIN', '', { explain: 'auto' }], ['INSTANTIATES', '', { instantiates: [] }], ['PACKAGES', 'a.tgz, packages/', { packages: ['a.tgz', 'packages/'] }],
    ['INSTANTIATES', 'http://a.example.org/CapabilityStatement/x|1.0, urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10', { instantiates: ['http://a.example.org/CapabilityStatement/x|1.0', 'urn:uuid:0c3a6a3e-8f5e-4b53-9d6c-2f6f0a1c7e10'] }],
  ];
  it.each(good)('%s=%s', (variable, text, expected) => expect(readConfig({ [variable]: text })).toMatchObject(expected));

  const bad: readonly [variable: string, text: string][] = [
    ['PORT', 'x'], ['PORT', '70000'], ['PORT', '-1'], ['BODY_LIMIT', '1'], ['BODY_LIMIT', '5TB'], ['TIME_ZONE', 'Mars/Olympus'], ['BASE_URL', 'fhir'], ['BASE_URL', 'http://x/fhir?a=b'], ['DATABASE_URL', 'mysql://x'],
    ['CORS_ORIGINS', 'example.org'], ['CORS_ORIGINS', 'https://x.example.org/path'], ['LOAD_SAMPLE', 'perhaps'], ['LOG_LEVEL', 'loud'], ['DB_POOL_MAX', '2'], ['WORKERS', '0'], ['WORKERS', '65'], ['WORKERS', '1.5'], ['WORKERS', '7'], ['TRUST_PROXY', 'maybe'],
    ['PATCH_NARRATIVE', 'drop'], ['CONDITIONAL_DELETE', 'all'], ['SEARCH_HANDLING', 'ignore'], ['EXPLAIN', 'perhaps'], ['INSTANTIATES', 'us-core'], ['INSTANTIATES', 'http://a.example.org/x|1|2'],
  ];
  it.each(bad)('%s=%s is a mistake', (variable, text) => expect(() => readConfig({ [variable]: text })).toThrow(variable));

  it('names all mistakes at once, and no password', () => {
    expect(() => readConfig({ PORT: 'x', LOG_LEVEL: 'y', DATABASE_URL: 'mysql://u:secret@h/d' })).toThrow(/^PORT is "x".*\nDATABASE_URL is "…".*\nLOG_LEVEL is "y"/);
  });

  it('share the connections out: 3 to a worker at least', () => {
    expect(() => readConfig({ WORKERS: '7' })).toThrow(/^WORKERS is "7", which asks for a DB_POOL_MAX of at least 21$/);
    expect(readConfig({ WORKERS: '64', DB_POOL_MAX: '192' })).toMatchObject({ workers: 64, poolMax: 192 });
  });

  it('stand in README as they are', () => {
    expect(readFileSync(join(import.meta.dirname, '../README.md'), 'utf8')).toContain(settingsTable());
  });
});
