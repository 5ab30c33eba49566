/** Interactions as the CapabilityStatement names them, with what the settings make of them: R4 has no elements for that, only words. */
import type { RestSettings } from '../../context.ts';
import type { Endpoint, InteractionCode } from '../endpoint.ts';

/** Settings that change what an interaction does. */
export type StatedSettings = Pick<RestSettings, 'conditionalDelete' | 'referentialIntegrity' | 'patchNarrative' | 'cascadeDelete' | 'historyImport' | 'searchHandling'>;

/** CapabilityStatement.rest.interaction, or that of a resource */
export interface StatedInteraction {
  readonly code: InteractionCode;
  readonly documentation?: string;
}

const narratives: Readonly<Record<StatedSettings['patchNarrative'], string>> = {
  remove: 'A generated narrative that the patch does not touch is removed; where there is another one, the patch is refused',
  reject: 'A patch of a resource with a narrative is refused unless it touches the narrative',
  keep: 'A narrative that the patch does not touch stays',
};

/** @returns a function that gives an interaction with its documentation, where a setting asks for one */
export function interactionsOf(registry: readonly Endpoint[], { patchNarrative, cascadeDelete, historyImport, searchHandling }: StatedSettings): (code: InteractionCode) => StatedInteraction {
  const erases = registry.some((endpoint) => endpoint.kind === 'erasure');
  const documentation: Partial<Record<InteractionCode, string>> = {
    patch: narratives[patchNarrative],
    ...(cascadeDelete && { delete: '`_cascade=delete` takes with it what refers to the resource' }),
    ...(erases && { 'history-instance': 'DELETE erases superseded versions, all of them or one' }),
    ...(historyImport && { transaction: 'A Bundle of type `history` is kept with the numbers and times of its versions' }),
    ...(searchHandling === 'lenient' && { 'search-type': 'Unknown parameters are ignored with a warning' }),
  };
  return (code) => ({ code, ...(documentation[code] !== undefined && { documentation: documentation[code] }) });
}
