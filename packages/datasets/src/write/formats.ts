import {
  findNamed,
  isConversation,
  isInstance,
  isTokenized,
  type DataRecord,
  type Instance,
  type Message,
  type PromptTemplate,
} from '@tunesmith/schema';
import { unusable } from '../adapters/unusable-row.ts';
import { toConversation } from '../templates/to-conversation.ts';
import { isLearned } from '../text-of.ts';

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
    if (isInstance(record)) return alpacaRow(record);
    const { id, messages, tools, meta } = textTurns(record, 'alpaca');
    if (tools) throw unusable('alpaca rows hold no tools', { value: id, accepted: 'no tools' });
    const system = messages[0]?.role === 'system' ? messages[0].content : undefined;
    const turns = system === undefined ? messages : messages.slice(1);
    const stranger = turns.find(
      ({ role }, index) => role !== (index % 2 === 0 ? 'user' : 'assistant'),
    );
    if (stranger || turns.length === 0 || turns.length % 2 === 1) {
      throw unusable('alpaca rows hold turns of user and assistant alone', {
        value: stranger?.role,
        accepted: 'user and assistant in turn',
      });
    }
    if (messages.some((message) => isLearned(message) !== (message.role === 'assistant'))) {
      throw unusable('alpaca rows learn every answer and nothing else', {
        value: id,
        accepted: 'turns without train: false or weight: 0',
      });
    }
    const exchanges = Array.from({ length: turns.length / 2 }, (_, index) => ({
      instruction: turns[2 * index]!.content,
      output: turns[2 * index + 1]!.content,
    }));
    const last = exchanges.pop()!;
    if (system === '')
      throw unusable('alpaca rows hold no empty system prompt', { value: id, accepted: 'text' });
    if (last.instruction === '')
      throw unusable('alpaca rows need an instruction', {
        value: id,
        accepted: 'a user turn with text',
      });
    return alpacaRow({
      id,
      ...last,
      ...(system === undefined ? {} : { system }),
      ...(exchanges.length > 0 ? { history: exchanges } : {}),
      ...(meta ? { meta } : {}),
    });
  },
};

function alpacaRow(instance: Instance): Record<string, unknown> {
  const { id, instruction, input = '', output, system, history, meta } = instance;
  return {
    id,
    instruction,
    input,
    output,
    ...(system === undefined ? {} : { system }),
    ...(history ? { history: history.map((turn) => [turn.instruction, turn.output]) } : {}),
    ...(meta ? { meta } : {}),
  };
}

const sharegptNames = {
  system: 'system',
  user: 'human',
  assistant: 'gpt',
  tool: 'observation',
} as const;

const sharegpt: RowFormat = {
  name: 'sharegpt',
  row(record, template) {
    const { id, messages, tools, meta } = textTurns(record, 'sharegpt', template);
    const conversations = messages.map(({ role, content, train }) => ({
      from: sharegptNames[role],
      value: content,
      ...(train === undefined ? {} : { train }),
    }));
    // The format keeps the definitions as a text, so that rows with different ones fit one table.
    const texts = tools ? { tools: JSON.stringify(tools) } : {};
    return { id, conversations, ...texts, ...(meta ? { meta } : {}) };
  },
};

const messagesFormat: RowFormat = {
  name: 'messages',
  row(record, template) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { id, messages, tools, meta } = toConversation(record, template);
    return { id, messages, ...(tools ? { tools } : {}), ...(meta ? { meta } : {}) };
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
  return findNamed(name, rowFormats, { package: '@tunesmith/datasets', kind: 'row format' });
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
    if (message.name !== undefined || message.tool_call_id !== undefined) {
      throw unusable(`${format} rows have no place for who speaks or which call is answered`, {
        value: record.id,
        accepted: 'messages without name and tool_call_id, or the format messages',
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
