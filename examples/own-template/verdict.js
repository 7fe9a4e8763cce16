import { definePlugin } from '@tunesmith/schema';

const usual = ['good', 'bad'];

/**
 * A text, and one of a few words that says how it is meant.
 *
 * @satisfies {import('@tunesmith/schema').PromptTemplate}
 */
export const verdict = {
  specVersion: 2,
  name: 'verdict',
  description: 'A text, and one of a few words that says how it is meant.',
  options: {
    type: 'object',
    properties: {
      words: {
        type: 'array',
        items: { type: 'string' },
        minItems: 2,
        default: usual,
        description: 'The words that an answer may be.',
      },
      mask: {
        type: 'string',
        default: '',
        description: 'The mask token of a masked model, which guesses the word in its place.',
      },
    },
    additionalProperties: false,
  },
  messages: ({ instruction, input, output }, { mask = '' } = {}) => [
    {
      role: 'user',
      content: [instruction, input, `Verdict: ${mask}`.trim()].filter(Boolean).join('\n'),
    },
    { role: 'assistant', content: output },
  ],
  // The choices of instances that name none: what `choice` scores, and evaluations rank.
  labels: ({ words = usual } = {}) => /** @type {string[]} */ (words),
  // What stands where the answer is to be guessed.
  gap: ({ mask = '' } = {}) => (mask === '' ? undefined : String(mask)),
};

/** What a recipe finds when it names this package in `plugins`. */
export const plugins = [definePlugin('prompt-template', verdict)];
