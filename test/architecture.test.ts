/** The rooms of ARCHITECTURE.md and who may enter whom, held by force. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '../src');
const files = readdirSync(src, { recursive: true }).map(String).filter((file) => file.endsWith('.ts')).toSorted();
const text = (file: string): string => readFileSync(join(src, file), 'utf8');
const room = (file: string): string => (file.includes('/') ? file.split('/')[0]! : file.replace(/\.ts$/, ''));

/** What a file imports of src: everything, and what is left when types are taken away. */
function imports(file: string): { target: string; isType: boolean }[] {
  return [...text(file).matchAll(/^(?:import|export)\s+(type\s+)?([^'"]*?)\s*from '(\.[^']+)';/gms)].map(([, type, names, path]) => ({
    target: relative(src, join(src, dirname(file), path!)),
    isType: type !== undefined || /^\{(\s*type\s[^,}]+,?)+\s*\}$/.test(names!),
  }));
}

/** Rooms that a room may import from, besides itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  fhir: [], packages: ['fhir'], terminology: ['fhir'], validation: ['terminology', 'packages', 'fhir'], db: [], search: ['db', 'fhir'], jobs: ['db', 'fhir'], store: ['search', 'jobs', 'db', 'fhir'],
  rest: ['store', 'search', 'jobs', 'db', 'fhir'], http: ['rest', 'fhir'], interactions: ['rest', 'store', 'search', 'jobs', 'db', 'fhir'],
  operations: ['rest', 'store', 'search', 'jobs', 'db', 'fhir'],
};

/** Files of types only. */
const typesForAll = new Set(['context.ts', 'hooks.ts']);

/** Programs of their own, which nothing of the server may use. */
const tools = files.filter((file) => room(file) === 'tools');

describe('imports', () => {
  it.each(files.filter((file) => mayImport[room(file)] !== undefined))('%s keeps to its room', (file) => {
    const wrong = imports(file).filter(({ target, isType }) => {
      const from = room(target);
      return from !== room(file) && !mayImport[room(file)]!.includes(from) && !(typesForAll.has(target) && isType);
    });
    expect(wrong).toEqual([]);
  });

  it('nothing of the server imports a tool', () => {
    for (const file of files.filter((one) => !tools.includes(one))) expect(imports(file).filter(({ target }) => room(target) === 'tools'), file).toEqual([]);
  });

  it('only main imports what makes it a process', () => {
    for (const file of files.filter((one) => room(one) !== 'process' && one !== 'main.ts')) expect(imports(file).filter(({ target }) => room(target) === 'process'), file).toEqual([]);
  });

  it('an operation imports no other operation', () => {
    for (const file of files.filter((one) => room(one) === 'operations')) {
      expect(imports(file).filter(({ target }) => room(target) === 'operations' && !target.startsWith(file.replace(/\.ts$/, '/'))), file).toEqual([]);
    }
  });

  it('an interaction imports no other interaction', () => {
    const inside = files.filter((file) => room(file) === 'interactions');
    const top = new Set(inside.filter((file) => file.split('/').length === 2));
    for (const file of inside) expect(imports(file).filter(({ target }) => top.has(target) && target !== file), file).toEqual([]);
  });

  it('has no cycle', () => {
    const graph = new Map(files.map((file) => [file, imports(file).filter(({ isType }) => !isType).map(({ target }) => target)]));
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error(`cycle: ${[...path, file].join(' → ')}`);
      if (done.has(file)) return;
      for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });
});

/** Source without comments: what is forbidden may be spoken of. */
const code = (file: string): string => text(file).replace(/\/\*[\s\S]*?\*\/|(?<!:)\/\/.*$/gm, '');

describe('what has one place', () => {
  const rules: readonly [name: string, pattern: RegExp, allowed: RegExp][] = [
    ['SQL', /[`'"]\s*(?:select|insert into|update|delete from|with)\s/, /^(?:db|search|store|jobs)\/|^sample\.ts$|^app\.ts$/],
    ['Fastify', /from 'fastify'|from '@fastify\//, /^http\/|^app\.ts$|^sample\.ts$/],
    ['the environment', /process\.env/, /^config\.ts$/],
    ['the driver', /from 'pg'/, /^db\//],
    ['a write to resource', /insert into resource\b|update resource\b/, /^store\/(?:bodies|erase)\.ts$/],
    ['a call of commit', /\bcommit\(tx/, /^rest\/commit\.ts$|^store\/(?:group-commit|write)\.ts$/],
    ['JSON.stringify of a resource', /JSON\.stringify\((?:resource|body|content)\b/, /^rest\/hooks\.ts$/],
  ];
  it.each(rules)('%s', (_name, pattern, allowed) => {
    expect(files.filter((file) => pattern.test(code(file)) && !allowed.test(file))).toEqual([]);
  });

  it('the name of a prepared statement', () => {
    const names = files.flatMap((file) => [...code(file).matchAll(/\bname: '([a-z_]+)',\s*text:/g)].map(([, name]) => name));
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name, n) => names.indexOf(name) !== n)).toEqual([]);
  });

  it('no mutable state in a module', () => {
    const allowed = new Set(['main.ts']);
    expect(files.filter((file) => !allowed.has(file) && /^(?:export )?let /m.test(code(file)))).toEqual([]);
  });

  it('no file named after nothing', () => {
    expect(files.filter((file) => /(?:^|\/)(?:utils?|helpers?|common|misc)(?:\.ts|\/)|Service|Manager|Impl/.test(file))).toEqual([]);
  });

  it('every file says what it is', () => {
    const silent = files.filter((file) => !text(file).startsWith('/**'));
    expect(silent).toEqual([]);
  });

  it('no file passes 300 lines', () => {
    expect(files.filter((file) => text(file).split('\n').length > 300)).toEqual([]);
  });
});
