import { unusable } from './unusable-row.ts';

/** A message of a tree, with those that answer it. */
export interface TreeMessage {
  message_id?: string;
  parent_id?: string | null;
  text: string;
  role: 'prompter' | 'assistant';
  lang?: string;
  /** 0 is the best of the answers to one question; absent or null where nobody ranked it. */
  rank?: number | null;
  deleted?: boolean | null;
  synthetic?: boolean | null;
  review_result?: boolean | null;
  replies?: TreeMessage[] | null;
}

/** Messages below one another that a tree may have; those of people have some ten. */
const deepest = 1000;

/**
 * Checks every message of a tree: what it holds, that it stands once, and that it stands under the parent it names.
 *
 * @throws TunesmithError `unusable-row` naming the field
 */
export function checkNode(root: TreeMessage): void {
  const seen = new Set<string>();
  const open: { node: TreeMessage; parent?: TreeMessage; path: string; depth: number }[] = [
    { node: root, path: 'prompt', depth: 1 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, parent, path, depth } = next;
    if (typeof node !== 'object' || node === null || typeof node.text !== 'string')
      throw unusable(`${path}.text is no text`, { accepted: 'a message with text and role' });
    if (node.role !== 'prompter' && node.role !== 'assistant')
      throw unusable(`${path}.role is ${JSON.stringify(node.role)}`, {
        value: node.role,
        accepted: 'prompter or assistant',
      });
    const role = parent?.role === 'prompter' ? 'assistant' : 'prompter';
    if (node.role !== role)
      throw unusable(`${path}.role is ${node.role} where ${role} has its turn`, {
        value: node.role,
        accepted: role,
      });
    const { message_id: id, parent_id: named, replies = [] } = node;
    if (id !== undefined && seen.has(id))
      throw unusable(`message ${id} stands twice in the tree, as in a cycle`, {
        value: id,
        accepted: 'each message once',
      });
    if (id !== undefined) seen.add(id);
    const above = parent?.message_id;
    if (named !== undefined && named !== null && above !== undefined && named !== above)
      throw unusable(`${path}.parent_id is ${named} and not the message above, ${above}`, {
        value: named,
        accepted: above,
      });
    if (depth > deepest)
      throw unusable(`more than ${deepest} messages stand below one another`, {
        accepted: `at most ${deepest}`,
      });
    if (replies !== null && !Array.isArray(replies))
      throw unusable(`${path}.replies is no list`, { accepted: 'a list of messages' });
    for (const [index, reply] of (replies ?? []).entries())
      open.push({ node: reply, parent: node, path: `${path}.replies[${index}]`, depth: depth + 1 });
  }
}

/** Which ways of a tree are followed. */
export interface ThreadOptions {
  readonly paths: 'best' | 'all';
  readonly language?: string;
  /** Hears why messages are left out. */
  readonly note: (reason: string) => void;
}

/**
 * The ways from the first message of a tree to its last answers, of messages that count. Of answers to one question,
 * `best` follows the one of the lowest rank, the first one where none is ranked.
 */
export function threadsOf(
  root: TreeMessage,
  { paths, language, note }: ThreadOptions,
): TreeMessage[][] {
  const counts = (message: TreeMessage): boolean => {
    const fault = message.deleted
      ? 'deleted'
      : message.synthetic
        ? 'synthetic'
        : message.review_result === false
          ? 'refused by its review'
          : language !== undefined && message.lang !== language
            ? `not in the language ${language}`
            : undefined;
    if (fault !== undefined) note(`a message is left out: ${fault}`);
    return fault === undefined;
  };
  const waysFrom = (message: TreeMessage): TreeMessage[][] => {
    const replies = (message.replies ?? []).filter(counts);
    const isQuestion = message.role === 'prompter';
    const followed = isQuestion && paths === 'best' ? best(replies) : replies;
    for (let left = followed.length; left < replies.length; left++)
      note('an answer of a lower rank is left out; paths: all follows it');
    const ways = followed.flatMap(waysFrom).map((way) => [message, ...way]);
    if (ways.length > 0 || !isQuestion) return ways.length > 0 ? ways : [[message]];
    note('a question without an answer is left off');
    return [];
  };
  return counts(root) ? waysFrom(root) : [];
}

function best(replies: readonly TreeMessage[]): TreeMessage[] {
  const rank = (message: TreeMessage) => message.rank ?? Number.POSITIVE_INFINITY;
  const first = replies.reduce<TreeMessage | undefined>(
    (one, other) => (one && rank(one) <= rank(other) ? one : other),
    undefined,
  );
  return first ? [first] : [];
}
