import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import { metaSchema } from './meta.ts';

const partSchema = Type.Union([
  Type.Object(
    {
      type: Type.Literal('text'),
      text: Type.String({ description: 'The text.' }),
      train: Type.Optional(
        Type.Boolean({
          description:
            'Whether the loss covers this piece of an assistant message. As the message where it is left out.',
        }),
      ),
    },
    { additionalProperties: false, description: 'A piece of text.' },
  ),
  Type.Object(
    {
      type: Type.Literal('image'),
      image: Type.String({ minLength: 1, description: 'A path, a URL or a data URL.' }),
    },
    { additionalProperties: false, description: 'An image.' },
  ),
]);

const toolCallSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ description: 'What the answer of the tool refers to.' })),
    type: Type.Optional(Type.String({ description: 'Its kind; "function" is the usual one.' })),
    function: Type.Object(
      {
        name: Type.String({ minLength: 1, description: 'The tool.' }),
        arguments: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())], {
          description: 'Its arguments: an object, or JSON as text. Templates see them as given.',
        }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);

const messageSchema = Type.Object(
  {
    role: Type.Union(
      [
        Type.Literal('system'),
        Type.Literal('user'),
        Type.Literal('assistant'),
        Type.Literal('tool'),
      ],
      {
        description: 'Who speaks.',
      },
    ),
    content: Type.Union([Type.String(), Type.Array(partSchema, { minItems: 1 })], {
      description: 'What is said: text, or parts in order.',
    }),
    train: Type.Optional(
      Type.Boolean({
        description:
          'Whether the loss covers this message. Assistant messages are covered unless this is false.',
      }),
    ),
    tool_calls: Type.Optional(
      Type.Array(toolCallSchema, {
        minItems: 1,
        description:
          'Tools that the assistant calls in this turn, as the chat template shows them.',
      }),
    ),
    tool_call_id: Type.Optional(
      Type.String({ description: 'The call that a tool message answers.' }),
    ),
    name: Type.Optional(Type.String({ description: 'The tool that answers, or who speaks.' })),
  },
  { additionalProperties: false },
);

/** JSON Schema of a conversation: messages in order. */
export const conversationSchema = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'Unique within its data set.' }),
    messages: Type.Array(messageSchema, { minItems: 1, description: 'The turns, in order.' }),
    rejected: Type.Optional(
      Type.Array(messageSchema, {
        minItems: 1,
        description:
          'A worse answer: it stands in the place of all messages after the last one of the user.',
      }),
    ),
    tools: Type.Optional(
      Type.Array(Type.Record(Type.String(), Type.Unknown()), {
        minItems: 1,
        description: "Definitions of the tools the assistant may call, as in OpenAI's API.",
      }),
    ),
    meta: Type.Optional(metaSchema),
  },
  {
    $id: 'https://tunesmith.dev/schema/1/conversation.schema.json',
    title: 'Conversation',
    description: 'Messages between a system, a user, an assistant and tools.',
    additionalProperties: false,
  },
);

/** A piece of a message: text, or an image by path, URL or data URL. */
export type Part = Static<typeof partSchema>;

/** One turn of a {@link Conversation}. */
export type Message = Static<typeof messageSchema>;

/** Messages between a system, a user, an assistant and tools. */
export type Conversation = Static<typeof conversationSchema>;
