/** What becomes of a narrative when the rest of its resource is patched. R4: http.html#patch ("processing … the narrative"), narrative.html. */
import { asObject, asString, memberOf, sameText, withoutMember, type JsonNode } from '../json/tree.ts';
import { unprocessable } from '../outcome.ts';

/**
 * `remove`: a generated narrative goes, any other is in the way of the patch; `reject`: any is in the way; `keep`: all stay, and may
 * say what is no longer so.
 */
export type NarrativeRule = 'remove' | 'reject' | 'keep';

/** Changes to these leave what the narrative says true. */
const beside: ReadonlySet<string> = new Set(['text', 'meta', 'id']);

/**
 * @param before the resource that was patched
 * @param after what the patch made of it, on the same tree: what it did not touch is the same node
 * @returns the resource with a narrative that is safe
 * @throws FhirError 422 where a narrative is in the way
 */
export function safeNarrative(before: JsonNode, after: JsonNode, rule: NarrativeRule): JsonNode {
  const object = asObject(after);
  const text = memberOf(after, 'text');
  // A patch that touches the narrative answers for it.
  if (rule === 'keep' || object === undefined || text === undefined || text !== memberOf(before, 'text')) return after;
  if (!isChanged(before, after)) return after;
  const status = asString(memberOf(text, 'status'));
  if (rule === 'remove' && status === 'generated') return withoutMember(object, 'text');
  throw unprocessable(
    `The resource has a narrative of status "${status ?? ''}", which the patch would leave out of date: patch "text" as well`, { expression: `${asString(memberOf(before, 'resourceType')) ?? ''}.text` },
  );
}

function isChanged(before: JsonNode, after: JsonNode): boolean {
  const rest = (node: JsonNode) => asObject(node)!.members.filter(({ key }) => !beside.has(key));
  const [one, other] = [rest(before), rest(after)];
  return one.length !== other.length || one.some(({ key, value }, n) => key !== other[n]!.key || !sameText(value, other[n]!.value));
}
