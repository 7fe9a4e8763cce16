import {
  isConversation,
  isInstance,
  isTokenized,
  type Conversation,
  type DataRecord,
  type Instance,
  type Message,
  type WriteContext,
} from '@tunesmith/schema';
import { toConversation } from '../../templates/to-conversation.ts';
import { isLearned } from '../../text-of.ts';
import { unusable } from './unusable-row.ts';

/** Which keys of an instance a format has a place for. */
export interface InstancePlaces {
  readonly system?: boolean;
  readonly history?: boolean;
  readonly rejected?: boolean;
}

/**
 * A record as an instance, for formats of an instruction and its answer; a conversation by its exchanges.
 *
 * @throws TunesmithError `unusable-row` where the format has no place for what the record says
 */
export function instanceOf(
  record: DataRecord,
  format: string,
  { note }: WriteContext,
  places: InstancePlaces = {},
): Instance {
  if (isTokenized(record)) throw tokensAsText(record.id);
  const instance = isInstance(record) ? record : fromTurns(record, format);
  const refuse = (what: string, accepted: string) =>
    unusable(`${format} rows hold ${what}`, { value: record.id, accepted });
  if (instance.system !== undefined && !places.system)
    throw refuse('no system prompt', 'records without a system prompt');
  if (instance.history && !places.history)
    throw refuse('one exchange alone', 'records of one question and one answer');
  if (places.rejected) {
    if (instance.rejected === undefined)
      throw refuse('a rejected answer too', 'records with an answer that is worse');
  } else if (instance.rejected !== undefined) note?.(rejectedIsLost);
  return instance;
}

function fromTurns(record: Conversation, format: string): Instance {
  const { id, messages, tools, rejected, meta } = textTurns(record, format);
  if (tools) throw unusable(`${format} rows hold no tools`, { value: id, accepted: 'no tools' });
  const { system, turns } = inTurn(messages, format, id);
  if (system === '')
    throw unusable(`${format} rows hold no empty system prompt`, { value: id, accepted: 'text' });
  const exchanges = Array.from({ length: turns.length / 2 }, (_, index) => ({
    instruction: turns[2 * index]!,
    output: turns[2 * index + 1]!,
  }));
  const last = exchanges.pop()!;
  if (last.instruction === '')
    throw unusable(`${format} rows need an instruction`, {
      value: id,
      accepted: 'a user turn with text',
    });
  return {
    id,
    ...last,
    ...(rejected ? { rejected: rejectedText(rejected, format, id) } : {}),
    ...(system === undefined ? {} : { system }),
    ...(exchanges.length > 0 ? { history: exchanges } : {}),
    ...(meta ? { meta } : {}),
  };
}

/**
 * The texts of user and assistant in turn, for formats that are lists of texts; an instance through the template.
 *
 * @throws TunesmithError `unusable-row` for tools, a system prompt, images, answers that are not to be learned
 */
export function alternatingTexts(
  record: DataRecord,
  format: string,
  context: WriteContext,
): { turns: string[]; meta: Conversation['meta'] } {
  const { id, messages, tools, rejected, meta } = textTurns(record, format, context);
  if (tools) throw unusable(`${format} rows hold no tools`, { value: id, accepted: 'no tools' });
  const { system, turns } = inTurn(messages, format, id);
  if (system !== undefined)
    throw unusable(`${format} rows hold no system prompt`, {
      value: id,
      accepted: 'records without a system prompt',
    });
  if (rejected) context.note?.(rejectedIsLost);
  return { turns, meta };
}

/** A question and its answer as texts, for formats that hold one exchange alone; an instance through the template. */
export function exchangeOf(
  record: DataRecord,
  format: string,
  context: WriteContext,
): { asked: string; answer: string; meta: Conversation['meta'] } {
  const { turns, meta } = alternatingTexts(record, format, context);
  const [asked, answer, ...more] = turns;
  if (more.length > 0)
    throw unusable(`${format} rows hold one exchange alone`, {
      value: record.id,
      accepted: 'records of one question and one answer',
    });
  return { asked: asked!, answer: answer!, meta };
}

/** User and assistant in turn, all answers learned, with at most a system prompt before them. */
function inTurn(messages: readonly TextMessage[], format: string, id: string) {
  const system = messages[0]?.role === 'system' ? messages[0].content : undefined;
  const turns = system === undefined ? messages : messages.slice(1);
  const stranger = turns.find(
    ({ role }, index) => role !== (index % 2 === 0 ? 'user' : 'assistant'),
  );
  if (stranger || turns.length === 0 || turns.length % 2 === 1) {
    throw unusable(`${format} rows hold turns of user and assistant alone`, {
      value: stranger?.role,
      accepted: 'user and assistant in turn',
    });
  }
  if (messages.some((message) => isLearned(message) !== (message.role === 'assistant'))) {
    throw unusable(`${format} rows learn every answer and nothing else`, {
      value: id,
      accepted: 'turns without train: false or weight: 0',
    });
  }
  return { system, turns: turns.map(({ content }) => content) };
}

/** A message of text alone. */
export type TextMessage = Message & { content: string };

/**
 * A record as turns of text: an instance through the template.
 *
 * @param calls whether the format has a place for structured calls of tools
 * @throws TunesmithError `unusable-row` for images, names of speakers and, where there is no place for them, calls of tools
 */
export function textTurns(
  record: DataRecord,
  format: string,
  { template }: WriteContext = {},
  { calls = false }: { calls?: boolean } = {},
): Omit<Conversation, 'messages'> & { messages: TextMessage[] } {
  if (isTokenized(record)) throw tokensAsText(record.id);
  const { messages, ...rest } = isConversation(record) ? record : toConversation(record, template);
  return {
    ...rest,
    messages: messages.map((message) => textMessage(message, format, rest.id, calls)),
  };
}

/** A message of text alone. @throws TunesmithError `unusable-row` as {@link textTurns} */
export function textMessage(
  message: Message,
  format: string,
  id: string,
  calls: boolean,
): TextMessage {
  if (message.tool_calls && !calls) {
    throw unusable(`${format} rows have no place for structured calls of tools`, {
      value: id,
      accepted: 'the format messages',
    });
  }
  if (message.name !== undefined || message.tool_call_id !== undefined) {
    throw unusable(`${format} rows have no place for who speaks or which call is answered`, {
      value: id,
      accepted: 'messages without name and tool_call_id, or the format messages',
    });
  }
  if (typeof message.content === 'string') return { ...message, content: message.content };
  throw unusable(`${format} rows hold text alone`, {
    value: id,
    accepted: 'messages whose content is text',
  });
}

function rejectedText(rejected: readonly Message[], format: string, id: string): string {
  const [only, ...more] = rejected;
  if (only?.role === 'assistant' && more.length === 0)
    return textMessage(only, format, id, false).content;
  throw unusable(`${format} rows hold one rejected answer of text`, {
    value: id,
    accepted: 'one message of the assistant',
  });
}

/** The error of tokens where a format holds text. */
export function tokensAsText(id: string) {
  return unusable('tokens have no text', { value: id, accepted: 'an instance or a conversation' });
}

/** What is noted where a format has no place for a rejected answer. */
export const rejectedIsLost = 'the rejected answer is not written: the format has no place for it';
