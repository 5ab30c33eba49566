/** Loads the module that HOOKS names. */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Hooks } from './hooks.ts';

const names: ReadonlySet<string> = new Set(['authorise', 'beforeCommit', 'afterCommit'] satisfies (keyof Hooks)[]);

/** The module cannot be loaded or has no hooks; the message is one line for the operator. */
export class HooksFailure extends Error {
  override readonly name = 'HooksFailure';
}

/** @throws HooksFailure */
export async function loadHooks(path: string): Promise<Hooks> {
  let loaded: { default?: unknown };
  try {
    loaded = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  } catch (error) {
    throw new HooksFailure(`HOOKS: ${path} cannot be loaded: ${(error as Error).message}`);
  }
  const hooks = loaded.default;
  if (typeof hooks !== 'object' || hooks === null) throw new HooksFailure(`HOOKS: ${path} has no default export with hooks`);
  for (const [name, hook] of Object.entries(hooks)) {
    if (!names.has(name)) throw new HooksFailure(`HOOKS: ${path} has a hook "${name}", which is not one of ${[...names].join(', ')}`);
    if (typeof hook !== 'function') throw new HooksFailure(`HOOKS: ${path} has a hook "${name}" that is no function`);
  }
  return hooks;
}
