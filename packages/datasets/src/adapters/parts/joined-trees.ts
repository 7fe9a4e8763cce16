import type { TreeMessage } from './message-tree.ts';
import { alikeBut } from './several.ts';

/** Two rows of the same tree as one, where they say the same of it; undefined where they stay two. */
export function joinTrees(
  earlier: Record<string, unknown>,
  later: Record<string, unknown>,
): Record<string, unknown> | undefined {
  const tree = earlier['message_tree_id'];
  const isNumbered = ({ id }: Record<string, unknown>): boolean =>
    id === undefined || (typeof id === 'string' && id.replace(/\/\d+$/, '') === tree);
  const alike = alikeBut(earlier, later, ['id', 'prompt']);
  if (!alike || !isNumbered(earlier) || !isNumbered(later)) return undefined;
  const [one, other] = [earlier['prompt'], later['prompt']] as [TreeMessage, TreeMessage];
  if (one.message_id !== other.message_id) return undefined;
  const { id: _, ...row } = earlier;
  return { ...row, prompt: merged(one, other) };
}

/** A tree with the messages of another one that begins with the same message. */
function merged(one: TreeMessage, other: TreeMessage): TreeMessage {
  const replies = [...(one.replies ?? [])];
  for (const reply of other.replies ?? []) {
    const at = replies.findIndex(({ message_id: id }) => id === reply.message_id);
    if (at < 0) replies.push(reply);
    else replies[at] = merged(replies[at]!, reply);
  }
  return { ...one, replies };
}
