import type { TUnsafe } from 'typebox';
import * as Type from 'typebox/type';

/** What requests to models may cost, in any one currency. */
export interface StageBudget {
  readonly cap?: number;
  /** For a million tokens, by the model's name. */
  readonly prices?: Readonly<Record<string, { readonly input: number; readonly output: number }>>;
}

/** How chat models are asked: how many requests at once and in a minute, and what they may cost. */
export const askingProperties = {
  at_once: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Requests to a chat model under way at the same time; 8 where it is absent.',
    }),
  ),
  per_minute: Type.Optional(
    Type.Integer({
      minimum: 1,
      description: 'Requests begun in any minute; as many as come where it is absent.',
    }),
  ),
  budget: Type.Optional(
    Type.Unsafe<StageBudget>({
      type: 'object',
      additionalProperties: false,
      properties: {
        cap: {
          type: 'number',
          minimum: 0,
          description:
            'What all requests together may cost: what was written until then is kept; filters that are not done are an error.',
        },
        prices: {
          type: 'object',
          additionalProperties: {
            type: 'object',
            additionalProperties: false,
            required: ['input', 'output'],
            properties: {
              input: { type: 'number', minimum: 0, description: 'Of a million tokens read.' },
              output: { type: 'number', minimum: 0, description: 'Of a million tokens written.' },
            },
          },
          description: "What tokens cost, by the model's name.",
        },
      },
      description:
        'What requests to chat models may cost, in any one currency: of a stage that writes data, and of filters that ask.',
    }) as TUnsafe<StageBudget> & { description: string },
  ),
};
