import {
  isTokenized,
  type DatasetAdapter,
  type JSONSchema,
  type Message,
  type Part,
} from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf } from './parts/fields.ts';
import { callProperties, readCalls, type RawCalls } from './parts/tool-calls.ts';
import { readTools, toolsSchema } from './parts/tools.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { rejectedIsLost, tokensAsText } from './parts/written.ts';

const trainField = { type: 'boolean', description: 'Whether the loss covers it.' } as const;

/** JSON Schema of a message in the manner of OpenAI's API. */
export const messageSchema: JSONSchema = {
  type: 'object',
  required: ['role'],
  properties: {
    ...callProperties,
    role: {
      enum: ['system', 'developer', 'user', 'assistant', 'tool'],
      description: 'Who speaks.',
    },
    content: {
      description: 'Text, or parts in order.',
      anyOf: [
        { type: ['string', 'null'] },
        {
          type: 'array',
          items: {
            anyOf: [
              part('text', { type: 'string' }, { train: trainField }),
              part('image', { type: 'string', minLength: 1 }),
              part('image_url', {
                type: 'object',
                required: ['url'],
                properties: { url: { type: 'string', minLength: 1 } },
              }),
            ],
          },
        },
      ],
    },
    train: trainField,
    weight: { enum: [0, 1], description: '0 takes the message out of the loss.' },
  },
};

/**
 * Rows of chat messages, `{ messages: [{ role, content }], tools? }`, as OpenAI's API, TRL and Tülu
 * have them.
 *
 * `developer` is a system prompt. Content is text or parts (`text`, `image`, `image_url`). A message's
 * `train: false` or `weight: 0` takes it out of the loss, `train` of a part of text that part. Calls of tools (`tool_calls`, with or without
 * content), `tool_call_id` and `name` stay as they are, for the chat template to show. `tools` is a list or
 * its JSON text. Other keys are kept in `meta`. Rows whose turns are out of order are `unusable-row`s.
 *
 * @see TRL, docs/source/dataset_formats.md, "conversational"
 */
export const messages: DatasetAdapter = {
  specVersion: 2,
  name: 'messages',
  description:
    'Rows { messages: [{ role, content }], tools? }, as chat APIs, TRL and Tülu have them.',
  row: {
    type: 'object',
    required: ['messages'],
    properties: {
      id: idField,
      tools: toolsSchema,
      messages: {
        type: 'array',
        description: 'The turns, oldest first.',
        items: messageSchema,
      },
    },
  },
  convert(row, context) {
    const { id, messages: turns, tools, ...rest } = row as unknown as MessagesRow;
    const converted = turns.map(convertMessage);
    checkTurns(converted);
    const extras = turns.map(
      ({
        role: _role,
        content: _content,
        train: _train,
        weight: _weight,
        tool_calls: _calls,
        tool_call_id: _answered,
        name: _name,
        ...extra
      }) => extra,
    );
    const kept = extras.some((extra) => Object.keys(extra).length > 0)
      ? { ...rest, messages: extras }
      : rest;
    return {
      id: idOf(id, context.id),
      messages: converted,
      ...readTools(tools),
      ...extraMeta(kept),
    };
  },
  write(record, { template, note }) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { id, messages: turns, tools, rejected, meta } = toConversation(record, template);
    checkTurns(turns);
    if (rejected) note?.(rejectedIsLost);
    return { id, messages: turns, ...(tools ? { tools } : {}), ...metaColumn(meta) };
  },
};

function part(type: string, value: object, more: object = {}) {
  return {
    type: 'object',
    required: ['type', type],
    properties: { type: { const: type }, [type]: value, ...more },
  } as const;
}

/** A message of a row as a record has it. @throws TunesmithError `unusable-row` where it says nothing */
export function convertMessage({ role, content, train, weight, ...more }: RawMessage): Message {
  const calls = readCalls(more);
  const text = content ?? (calls.tool_calls ? '' : undefined);
  if (text === undefined)
    throw unusable('a message without content', { value: content, accepted: 'text' });
  const learned = train ?? (weight === undefined ? undefined : weight === 1);
  return {
    role: role === 'developer' ? 'system' : role,
    content: typeof text === 'string' ? text : text.map(convertPart),
    ...(learned === undefined ? {} : { train: learned }),
    ...calls,
  };
}

function convertPart(raw: RawPart): Part {
  if (raw.type === 'text') {
    const { text, train } = raw;
    return { type: 'text', text, ...(train === undefined ? {} : { train }) };
  }
  return { type: 'image', image: raw.type === 'image' ? raw.image : raw.image_url.url };
}

type RawPart =
  | { type: 'text'; text: string; train?: boolean }
  | { type: 'image'; image: string }
  | { type: 'image_url'; image_url: { url: string } };

/** A message as rows have it. */
export interface RawMessage extends RawCalls {
  role: Message['role'] | 'developer';
  content?: string | null | RawPart[];
  train?: boolean;
  weight?: 0 | 1;
  [key: string]: unknown;
}

interface MessagesRow {
  id?: string | number;
  messages: RawMessage[];
  tools?: string | object[];
  [key: string]: unknown;
}
