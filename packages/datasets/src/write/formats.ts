import {
  isConversation,
  isInstance,
  isTokenized,
  unknownName,
  type DataRecord,
  type Message,
  type PromptTemplate,
} from '@tunesmith/schema';
import { unusable } from '../adapters/unusable-row.ts';
import { toConversation } from '../templates/to-conversation.ts';

/** Writes records as rows of one format; the adapter of the same name reads them back. */
export interface RowFormat {
  readonly name: string;
  /**
   * The record as a row.
   *
   * @param template phrases instances where the format has turns
   * @throws TunesmithError `unusable-row` where the format cannot express the record
   */
  row(record: DataRecord, template?: PromptTemplate): Record<string, unknown>;
}

const alpaca: RowFormat = {
  name: 'alpaca',
  row(record) {
    if (isInstance(record)) {
      const { id, instruction, input = '', output, meta } = record;
      return { id, instruction, input, output, ...(meta ? { meta } : {}) };
    }
    const { id, messages, meta } = textTurns(record, 'alpaca');
    const system = messages[0]?.role === 'system' ? messages[0].content : undefined;
    const turns = (system === undefined ? messages : messages.slice(1)).map(
      ({ role, content }) => ({ role, content }),
    );
    const stranger = turns.find(
      ({ role }, index) => role !== (index % 2 === 0 ? 'user' : 'assistant'),
    );
    if (stranger || turns.length === 0 || turns.length % 2 === 1) {
      throw unusable('alpaca rows hold turns of user and assistant alone', {
        value: stranger?.role,
        accepted: 'user and assistant in turn',
      });
    }
    const pairs = Array.from({ length: turns.length / 2 }, (_, index) => [
      turns[2 * index]!.content,
      turns[2 * index + 1]!.content,
    ]);
    const [instruction, output] = pairs.pop()!;
    return {
      id,
      instruction,
      input: '',
      output,
      ...(system === undefined ? {} : { system }),
      ...(pairs.length > 0 ? { history: pairs } : {}),
      ...(meta ? { meta } : {}),
    };
  },
};

const sharegptNames = {
  system: 'system',
  user: 'human',
  assistant: 'gpt',
  tool: 'observation',
} as const;

const sharegpt: RowFormat = {
  name: 'sharegpt',
  row(record, template) {
    const { id, messages, meta } = textTurns(record, 'sharegpt', template);
    const conversations = messages.map(({ role, content, train }) => ({
      from: sharegptNames[role],
      value: content,
      ...(train === undefined ? {} : { train }),
    }));
    return { id, conversations, ...(meta ? { meta } : {}) };
  },
};

const messagesFormat: RowFormat = {
  name: 'messages',
  row(record, template) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { id, messages, meta } = toConversation(record, template);
    return { id, messages, ...(meta ? { meta } : {}) };
  },
};

const tokenized: RowFormat = {
  name: 'tokenized',
  row(record) {
    if (isTokenized(record)) return { ...record };
    throw unusable('text has no token numbers before a tokenizer has read it', {
      value: record.id,
      accepted: 'records with input_ids and labels',
    });
  },
};

/** The formats that records can be written in. */
export const rowFormats: readonly RowFormat[] = [alpaca, sharegpt, messagesFormat, tokenized];

/** The row format of that name. @throws TunesmithError `unknown-name` naming the nearest */
export function findRowFormat(name: string): RowFormat {
  const found = rowFormats.find((format) => format.name === name);
  if (found) return found;
  const names = rowFormats.map((format) => format.name);
  throw unknownName({ package: '@tunesmith/datasets', kind: 'row format', name, names });
}

function textTurns(record: DataRecord, format: string, template?: PromptTemplate) {
  if (isTokenized(record)) throw tokensAsText(record.id);
  const { messages, ...rest } = isConversation(record) ? record : toConversation(record, template);
  const texts = messages.map((message): Message & { content: string } => {
    if (message.tool_calls) {
      throw unusable(`${format} rows have no place for structured calls of tools`, {
        value: record.id,
        accepted: 'the format messages',
      });
    }
    if (typeof message.content === 'string') return { ...message, content: message.content };
    throw unusable(`${format} rows hold text alone`, {
      value: record.id,
      accepted: 'messages whose content is text',
    });
  });
  return { ...rest, messages: texts };
}

function tokensAsText(id: string) {
  return unusable('tokens have no text', { value: id, accepted: 'an instance or a conversation' });
}
