import {
  isTokenized,
  type Conversation,
  type DatasetAdapter,
  type JSONSchema,
  type Message,
  type WriteContext,
} from '@tunesmith/schema';
import { toConversation } from '../templates/to-conversation.ts';
import { extraMeta, metaColumn } from './parts/extra-meta.ts';
import { idField, idOf, text, texts } from './parts/fields.ts';
import { readFunctionCalls, withoutCallIds, writeFunctionCalls } from './parts/function-calls.ts';
import { imagesInText, withImages } from './parts/images.ts';
import { judged, withoutJudgement } from './parts/preference.ts';
import { readTools, toolsSchema } from './parts/tools.ts';
import { checkTurns } from './parts/turns.ts';
import { unusable } from './parts/unusable-row.ts';
import { rejectedIsLost, textMessage, tokensAsText } from './parts/written.ts';

/** Every speaker name in use, and the role it stands for. */
const roles = {
  human: 'user',
  user: 'user',
  gpt: 'assistant',
  chatgpt: 'assistant',
  bing: 'assistant',
  assistant: 'assistant',
  model: 'assistant',
  function_call: 'assistant',
  system: 'system',
  observation: 'tool',
  tool: 'tool',
  function: 'tool',
} as const satisfies Record<string, Message['role']>;

const names = { system: 'system', user: 'human', assistant: 'gpt', tool: 'observation' } as const;

/** JSON Schema of a turn: who speaks, what is said. */
export const turnSchema = {
  type: 'object',
  required: ['from', 'value'],
  properties: {
    from: { enum: Object.keys(roles), description: 'Who speaks.' },
    value: text('What is said; of function_call, the JSON of the call or calls.'),
    train: { type: 'boolean', description: 'Whether the loss covers it.' },
    weight: { enum: [0, 1], description: '0 takes the turn out of the loss.' },
  },
} as const satisfies JSONSchema;

/** A turn as rows have it. */
export interface ShareGptTurn {
  from: keyof typeof roles;
  value: string;
  train?: boolean;
  weight?: 0 | 1;
}

/**
 * Rows of ShareGPT, `{ conversations: [{ from, value }], system?, tools? }`.
 *
 * `from` may be human or user; gpt, chatgpt, bing, assistant or model; function_call, whose value is the JSON
 * `{ name, arguments }` of a call or a list of them (anything else is what the turn says); system; and observation, tool or function. A turn's `train: false`
 * or `weight: 0` takes it out of the loss. `tools` is a JSON text or a list. `images`, or LLaVA's `image`, are paths of
 * pictures that stand where the turns say `<image>`. `kto_tag: false` says that the last answer is a bad one: it is not
 * learned, and `meta.preferred` says why. Other keys are kept in `meta`. Rows whose turns are out of order are
 * `unusable-row`s.
 *
 * @see LLaMA-Factory, data/README.md; FastChat's ShareGPT files
 */
export const sharegpt: DatasetAdapter = {
  specVersion: 2,
  name: 'sharegpt',
  description:
    'Rows { conversations: [{ from, value }], system?, tools? }, as ShareGPT dumps and Vicuna-like sets have them.',
  row: {
    type: 'object',
    required: ['conversations'],
    properties: {
      id: idField,
      system: text('A system prompt; empty for none.'),
      tools: toolsSchema,
      conversations: {
        type: 'array',
        description: 'The turns, oldest first.',
        items: turnSchema,
      },
      images: texts('Paths of the pictures that <image> stands for, in order.'),
      image: {
        anyOf: [text('The path of a picture.'), texts('Paths of pictures.')],
        description: 'The same, as LLaVA has it.',
      },
      kto_tag: { type: 'boolean', description: 'Whether the last answer is a good one.' },
    },
  },
  convert(row, context) {
    const given = row as unknown as ShareGptRow;
    const { id, conversations, system, tools, images, image, kto_tag: preferred, ...rest } = given;
    const pictures = images ?? (image === undefined ? undefined : [image].flat());
    const turns = readTurns(conversations, pictures);
    if (system && turns[0]?.role === 'system') {
      throw unusable('two system prompts', {
        value: system,
        accepted: 'one, in `system` or as the first turn',
      });
    }
    const messages: Message[] = system ? [{ role: 'system', content: system }, ...turns] : turns;
    checkTurns(messages);
    const conversation: Conversation = {
      id: idOf(id, context.id),
      messages,
      ...readTools(tools),
      ...extraMeta(rest, { preferred }),
    };
    return judged(conversation, preferred, context);
  },
  write(record, context) {
    if (isTokenized(record)) throw tokensAsText(record.id);
    const { plain, preferred } = withoutJudgement(record);
    const { rejected, meta, ...rest } = toConversation(plain, context.template);
    checkTurns(rest.messages);
    if (rejected) context.note?.(rejectedIsLost);
    return {
      ...writeShareGpt(rest, 'sharegpt', context),
      ...(preferred === undefined ? {} : { kto_tag: preferred }),
      ...metaColumn(meta, preferred === undefined ? [] : ['preferred']),
    };
  },
};

/** Turns as messages, with the pictures in their places. */
export function readTurns(turns: readonly ShareGptTurn[], images?: readonly string[]): Message[] {
  const values = turns.map(({ value }) => value);
  const contents = images ? withImages(values, images) : values;
  return turns.map(({ from, value, train, weight }, index): Message => {
    const learned = train ?? (weight === undefined ? undefined : weight === 1);
    const calls = from === 'function_call' ? readFunctionCalls(value) : undefined;
    return {
      role: roles[from],
      ...(calls ? { content: '', tool_calls: calls } : { content: contents[index]! }),
      ...(learned === undefined ? {} : { train: learned }),
    };
  });
}

/** A message as a turn of text. @throws TunesmithError `unusable-row` for what a turn has no place for */
export function writeTurn(message: Message, format: string, id: string): ShareGptTurn {
  const { role, content, train, tool_calls: calls } = textMessage(message, format, id, true);
  return {
    from: calls ? 'function_call' : names[role],
    value: calls ? writeFunctionCalls(calls, content, format, id) : content,
    ...(train === undefined ? {} : { train }),
  };
}

/** A conversation as a row. @throws TunesmithError `unusable-row` for what turns have no place for */
export function writeShareGpt(conversation: Conversation, format: string, { note }: WriteContext) {
  const { id, messages, tools, meta } = conversation;
  const pictured = messages.some(
    ({ content }) => typeof content !== 'string' && content.some(({ type }) => type === 'image'),
  );
  const images: string[] = [];
  const plain = withoutCallIds(messages, format, id, note).map((message): Message => {
    if (!pictured) return message;
    const { value, images: more } = imagesInText(message.content, id);
    images.push(...more);
    return { ...message, content: value };
  });
  return {
    id,
    conversations: plain.map((message) => writeTurn(message, format, id)),
    // The format keeps the definitions as a text, so that rows with different ones fit one table.
    ...(tools ? { tools: JSON.stringify(tools) } : {}),
    ...(images.length > 0 ? { images } : {}),
    ...metaColumn(meta),
  };
}

interface ShareGptRow {
  id?: string | number;
  system?: string;
  tools?: string | object[];
  conversations: ShareGptTurn[];
  images?: string[];
  image?: string | string[];
  kto_tag?: boolean;
  [key: string]: unknown;
}
