import type { DatasetAdapter } from '@tunesmith/schema';
import { text } from './fields.ts';
import type { TreeMessage } from './message-tree.ts';
import { unusable } from './unusable-row.ts';

/** The messages of a tree as rows of their own, each with the one that it answers, as OpenAssistant exports them too. */
export const flatMessages: NonNullable<DatasetAdapter['pieces']> = {
  by: 'message_tree_id',
  row: {
    type: 'object',
    required: ['message_tree_id', 'message_id', 'text', 'role'],
    properties: {
      message_tree_id: text('The tree, named by its first message.'),
      message_id: text('The message.'),
      parent_id: { type: ['string', 'null'], description: 'The message that it answers.' },
      text: text('What is said.'),
      role: { enum: ['prompter', 'assistant'], description: 'Who speaks.' },
    },
  },
  join: (messages) => treeOf(messages as unknown as readonly FlatMessage[]),
};

type FlatMessage = TreeMessage & {
  readonly message_tree_id: string;
  readonly message_id: string;
  readonly tree_state?: string | null;
};

/**
 * The tree of messages, in whatever order they stand.
 *
 * @throws TunesmithError `unusable-row` for a message that stands twice, answers one that is not there or hangs in a cycle, and for
 * trees without a first message or with several
 */
function treeOf(messages: readonly FlatMessage[]): Record<string, unknown> {
  const { message_tree_id: tree, tree_state: state } = messages[0]!;
  const nodes = new Map<string, TreeMessage & { replies: TreeMessage[] }>();
  for (const { message_tree_id: _, tree_state: __, ...message } of messages) {
    if (nodes.has(message.message_id))
      throw unusable(`message ${message.message_id} stands twice in the tree`, {
        value: message.message_id,
        accepted: 'each message once',
      });
    nodes.set(message.message_id, { ...message, replies: [] });
  }
  const roots: TreeMessage[] = [];
  for (const node of nodes.values()) {
    const { parent_id: parent } = node;
    if (parent === undefined || parent === null) roots.push(node);
    else if (nodes.has(parent)) nodes.get(parent)!.replies.push(node);
    else
      throw unusable(`message ${node.message_id} answers ${parent}, which is not there`, {
        value: parent,
        accepted: 'a message of the same tree',
      });
  }
  if (roots.length !== 1)
    throw unusable(`the tree has ${roots.length} first messages`, {
      value: tree,
      accepted: 'one message without parent_id',
    });
  // What the first message does not lead to goes round by itself.
  const reached = new Set<TreeMessage>(roots);
  for (const { replies } of reached) for (const reply of replies ?? []) reached.add(reply);
  const astray = [...nodes.values()].find((node) => !reached.has(node));
  if (astray)
    throw unusable(`message ${astray.message_id} hangs in a cycle`, {
      value: astray.message_id,
      accepted: 'messages that lead back to the first one',
    });
  return {
    message_tree_id: tree,
    ...(state === undefined || state === null ? {} : { tree_state: state }),
    prompt: roots[0],
  };
}
