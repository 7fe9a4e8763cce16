import type { Message, ResponseOptions } from '@tunesmith/schema';
import { cannotGoOn, refuse } from '../errors.ts';
import type { OpenAIOptions } from './openai.ts';

/** The body of a request for `count` answers. Fields that nothing is said about are left out, so that the server's defaults hold. */
export function requestBody(
  { model, tokens_field, goes_on, body }: OpenAIOptions,
  messages: readonly Message[],
  {
    maxTokens,
    temperature,
    topP,
    presencePenalty,
    frequencyPenalty,
    stop,
    seed,
    schema,
  }: ResponseOptions,
  count: number,
): string {
  const goesOn = messages.at(-1)?.role === 'assistant';
  if (goesOn && goes_on === 'never') throw cannotGoOn(model, 'goes_on: as the server does it');
  return JSON.stringify({
    ...body,
    model,
    messages: messages.map((message, index) => ({
      ...sentMessage(message),
      prefix: (goesOn && goes_on === 'prefix' && index === messages.length - 1) || undefined,
    })),
    ...(goesOn && goes_on === 'continue_final_message'
      ? { continue_final_message: true, add_generation_prompt: false }
      : {}),
    [tokens_field]: maxTokens,
    temperature,
    top_p: topP,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
    stop: stop?.length ? stop : undefined,
    seed,
    n: count > 1 ? count : undefined,
    response_format: schema && {
      type: 'json_schema',
      json_schema: { name: 'answer', schema, strict: true },
    },
  });
}

/** A message as the API has it: without what is ours alone, images by address. */
function sentMessage({ content, ...said }: Message): Record<string, unknown> {
  const message = { ...said, train: undefined };
  if (typeof content === 'string') return { ...message, content };
  const parts = content.map((part) => {
    if (part.type === 'text') return { type: part.type, text: part.text };
    if (/^(?:https?|data):/.test(part.image))
      return { type: 'image_url', image_url: { url: part.image } };
    throw refuse({
      code: 'unreachable-image',
      message: `the server cannot see the image "${part.image}"`,
      value: part.image,
      accepted: 'images by http, https or data address',
    });
  });
  return { ...message, content: parts };
}
