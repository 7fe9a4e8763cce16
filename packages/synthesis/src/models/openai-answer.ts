import {
  findProblems,
  type ChatResponse,
  type JSONSchema,
  type ResponseAnswer,
} from '@tunesmith/schema';
import { refuse } from '../errors.ts';

interface Answered {
  model?: string;
  choices: { message: { content?: string | null }; finish_reason?: string | null }[];
  usage?: { prompt_tokens: number; completion_tokens: number } | null;
}

const schema: JSONSchema = {
  type: 'object',
  required: ['choices'],
  properties: {
    model: { type: 'string' },
    choices: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['message'],
        properties: {
          message: {
            type: 'object',
            properties: { content: { anyOf: [{ type: 'string' }, { type: 'null' }] } },
          },
          finish_reason: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        },
      },
    },
    usage: {
      anyOf: [
        { type: 'null' },
        {
          type: 'object',
          required: ['prompt_tokens', 'completion_tokens'],
          properties: {
            prompt_tokens: { type: 'integer', minimum: 0 },
            completion_tokens: { type: 'integer', minimum: 0 },
          },
        },
      ],
    },
  },
};

/**
 * What a server answered, as ours.
 *
 * @throws TunesmithError `no-answer` where it is something else: asking again may help
 */
export function readAnswer(value: unknown, address: string): ChatResponse {
  const [problem] = findProblems(schema, value);
  if (problem)
    throw refuse({
      kind: 'failure',
      code: 'no-answer',
      message: `${address} answered with something else than a chat completion: ${problem.message}`,
      value,
    });
  const { choices, usage, model } = value as Answered;
  return {
    answers: choices.map(({ message: { content }, finish_reason: reason }): ResponseAnswer => ({
      text: content ?? '',
      finish:
        typeof content === 'string' && reason === 'stop'
          ? 'stop'
          : reason === 'length'
            ? 'length'
            : 'other',
    })),
    ...(usage
      ? { usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens } }
      : {}),
    ...(model === undefined ? {} : { model }),
  };
}
