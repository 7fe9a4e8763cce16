import type { JSONSchema, Message } from '@tunesmith/schema';

/** JSON Schemas of what messages of tools have besides role and content, as in OpenAI's API. */
export const callProperties: Record<string, JSONSchema> = {
  tool_calls: {
    description: 'Tools that the assistant calls in this message.',
    anyOf: [
      { type: 'null' },
      {
        type: 'array',
        items: {
          type: 'object',
          required: ['function'],
          properties: {
            id: { type: ['string', 'null'] },
            type: { type: ['string', 'null'] },
            function: {
              type: 'object',
              required: ['name', 'arguments'],
              properties: {
                name: { type: 'string', minLength: 1 },
                arguments: { type: ['object', 'string'] },
              },
            },
          },
        },
      },
    ],
  },
  tool_call_id: { type: ['string', 'null'], description: 'The call that a tool message answers.' },
  name: { type: ['string', 'null'], description: 'The tool that answers, or who speaks.' },
};

/** What a row's message may have besides role and content. */
export interface RawCalls {
  tool_calls?: RawCall[] | null;
  tool_call_id?: string | null;
  name?: string | null;
}

interface RawCall {
  id?: string | null;
  type?: string | null;
  function: { name: string; arguments: string | Record<string, unknown> };
}

/** The calls, the call answered and the name of a message; null is the same as absent, and so is an empty list. */
export function readCalls({
  tool_calls: calls,
  tool_call_id: answered,
  name,
}: RawCalls): Pick<Message, 'tool_calls' | 'tool_call_id' | 'name'> {
  return {
    ...(calls?.length ? { tool_calls: calls.map(readCall) } : {}),
    ...(typeof answered === 'string' ? { tool_call_id: answered } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

function readCall({
  id,
  type,
  function: called,
}: RawCall): NonNullable<Message['tool_calls']>[number] {
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof type === 'string' ? { type } : {}),
    function: { name: called.name, arguments: called.arguments },
  };
}
