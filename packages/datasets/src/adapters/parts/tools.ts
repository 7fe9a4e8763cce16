import { TunesmithError, type Conversation, type JSONSchema } from '@tunesmith/schema';

/** JSON Schema of a row's `tools`: a list of definitions, or the JSON text of one. */
export const toolsSchema: JSONSchema = {
  description: 'Tools that the assistant may call: a list of definitions, or its JSON text.',
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }],
};

/**
 * A row's `tools` as definitions in the manner of OpenAI's API, `{ type: 'function', function }`; a definition that is
 * the function alone, as LLaMA-Factory has it, is put into one. No tools and an empty list are the same.
 *
 * @throws TunesmithError `invalid-row` where a text is not the JSON of a list of objects
 */
export function readTools(tools: string | object[] | undefined): Pick<Conversation, 'tools'> {
  const list = typeof tools === 'string' ? parsed(tools) : (tools ?? []);
  const definitions = list as Record<string, unknown>[];
  if (definitions.length === 0) return {};
  return {
    tools: definitions.map((tool) =>
      typeof tool['name'] === 'string' && !('function' in tool) && !('type' in tool)
        ? { type: 'function', function: tool }
        : tool,
    ),
  };
}

function parsed(text: string): unknown[] {
  if (text.trim() === '') return [];
  let value: unknown;
  let cause: unknown;
  try {
    value = JSON.parse(text) ?? [];
  } catch (error) {
    cause = error;
  }
  const isObject = (item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item);
  if (Array.isArray(value) && value.every(isObject)) return value;
  throw new TunesmithError({
    package: '@tunesmith/datasets',
    code: 'invalid-row',
    message: `tools is ${text.length > 80 ? `${text.slice(0, 77)}…` : text}`,
    value: text,
    accepted: 'a list of tool definitions, or its JSON text',
    ...(cause === undefined ? {} : { cause }),
  });
}
