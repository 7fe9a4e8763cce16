import type { Conversation, DatasetAdapter, Message } from '@tunesmith/schema';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf, text } from './parts/fields.ts';
import { flatMessages } from './parts/flat-messages.ts';
import { checkNode, threadsOf, type TreeMessage } from './parts/message-tree.ts';
import { joinTrees } from './parts/joined-trees.ts';
import { numberedId } from './parts/several.ts';
import { unusable } from './parts/unusable-row.ts';
import { alternatingTexts } from './parts/written.ts';

/**
 * Message trees of OpenAssistant, `{ message_tree_id, tree_state, prompt: { message_id, text, role, replies: […] } }`: a
 * conversation for each way from the first question down to an answer.
 *
 * `paths: best` follows, at each question, the answer of the best rank alone; `all` follows each. Messages that are deleted,
 * synthetic or failed their review end a way, a question that nobody answered is left off, and `language` keeps the
 * messages of one language. Trees that are not `ready_for_export`, and messages that stand twice in a tree or under
 * another parent than they name, as in a cycle, are `unusable-row`s.
 *
 * The flat form, a row a message with `message_tree_id` and `parent_id`, is read as well: rows of one tree, in whatever order but
 * one after the other.
 *
 * @see Köpf et al. 2023, OpenAssistant Conversations; Open-Assistant, oasst-data/oasst_data/schemas.py
 */
export const oasst: DatasetAdapter = {
  specVersion: 2,
  name: 'oasst',
  description:
    'Message trees { message_tree_id, prompt: { text, role, replies } } of OpenAssistant.',
  options: {
    type: 'object',
    additionalProperties: false,
    properties: {
      paths: {
        enum: ['best', 'all'],
        default: 'best',
        description: 'Follow the best answer to each question alone, or all of them.',
      },
      language: {
        type: 'string',
        description: 'Only messages of this language, such as en; all languages where absent.',
      },
    },
  },
  pieces: flatMessages,
  row: {
    type: 'object',
    required: ['message_tree_id', 'prompt'],
    properties: {
      id: idField,
      message_tree_id: text('The tree, named by its first message.'),
      tree_state: text('How far the tree has come: ready_for_export where it is done.'),
      origin: text('Where the first message was found.'),
      prompt: {
        type: 'object',
        required: ['text', 'role'],
        properties: {
          text: text('What is asked.'),
          role: { const: 'prompter', description: 'Who speaks; answers are from the assistant.' },
        },
        description:
          'The first message: message_id, parent_id, text, role (prompter or assistant), lang, rank, deleted, synthetic, review_result, replies.',
      },
    },
  },
  convert(row, context, options = {}) {
    const {
      id,
      message_tree_id: tree,
      tree_state: state,
      prompt,
      ...more
    } = row as unknown as Tree;
    const { origin, ...rest } = more;
    const { paths = 'best', language } = options as { paths?: 'best' | 'all'; language?: string };
    if (state !== undefined && state !== 'ready_for_export')
      throw unusable(`the tree's state is ${state}`, {
        value: state,
        accepted: 'ready_for_export',
      });
    checkNode(prompt);
    const threads = threadsOf(prompt, {
      paths,
      ...(language === undefined ? {} : { language }),
      note: (reason) => context.note?.(reason),
    });
    if (threads.length === 0)
      throw unusable('the tree has no answer', {
        value: tree,
        accepted: 'a question and an answer',
      });
    const own = idOf(id, tree === '' ? context.id : tree);
    return threads.map((thread, index): Conversation => ({
      id: numberedId(own, index, threads.length),
      messages: thread.map(({ text: content, role }): Message => ({
        role: role === 'prompter' ? 'user' : 'assistant',
        content,
      })),
      ...extraMeta(rest, {
        source: origin,
        tree,
        language: thread[0]!.lang,
        ...(thread.every((message) => message.message_id !== undefined)
          ? { message_ids: thread.map((message) => message.message_id) }
          : {}),
        ...(thread.some(({ rank }) => typeof rank === 'number')
          ? { ranks: thread.map(({ rank }) => rank ?? null) }
          : {}),
      }),
    }));
  },
  write(record, context) {
    const { turns, meta } = alternatingTexts(record, 'oasst', context);
    const {
      tree = record.id,
      language,
      source,
      message_ids: given,
      ranks,
    } = (meta ?? {}) as {
      tree?: string;
      language?: string;
      source?: string;
      message_ids?: string[];
      ranks?: (number | null)[];
    };
    const idAt = (index: number) => given?.[index] ?? `${record.id}.${index + 1}`;
    const nodes = turns.map((content, index): TreeMessage => ({
      message_id: idAt(index),
      parent_id: index === 0 ? null : idAt(index - 1),
      text: content,
      role: index % 2 === 0 ? 'prompter' : 'assistant',
      ...(language === undefined ? {} : { lang: language }),
      ...(ranks === undefined ? {} : { rank: ranks[index] ?? null }),
      replies: [],
    }));
    for (const [index, node] of nodes.entries()) if (index > 0) nodes[index - 1]!.replies = [node];
    const others = metaColumn(meta, ['tree', 'language', 'source', 'message_ids', 'ranks']);
    return {
      ...(record.id === tree ? {} : { id: record.id }),
      message_tree_id: tree,
      tree_state: 'ready_for_export',
      ...(source === undefined ? {} : { origin: source }),
      prompt: nodes[0],
      ...others,
    };
  },
  join: joinTrees,
};

interface Tree {
  id?: string | number;
  message_tree_id: string;
  tree_state?: string;
  origin?: string;
  prompt: TreeMessage;
  [key: string]: unknown;
}
