import type { JSONSchema } from '@tunesmith/schema';

/** `count`, which most synthesizers have. */
export function countOption(what: string, value = 100): JSONSchema {
  return {
    type: 'integer',
    minimum: 1,
    default: value,
    description: `How many ${what} are wanted.`,
  };
}

/** How answers are drawn, with the paper's values. */
export function drawing(defaults: {
  temperature: number;
  top_p: number;
  max_tokens: number;
}): Record<string, JSONSchema> {
  return {
    temperature: {
      type: 'number',
      minimum: 0,
      maximum: 2,
      default: defaults.temperature,
      description: 'Of the texts that are to differ; 0 takes the likeliest token.',
    },
    top_p: {
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1,
      default: defaults.top_p,
      description: 'The probability that the tokens drawn from add up to.',
    },
    max_tokens: {
      type: 'integer',
      minimum: 1,
      default: defaults.max_tokens,
      description: 'The length of such a text at most.',
    },
  };
}

/** `novelty`: the ROUGE-L from which on a text is too like another. */
export const noveltyOption: JSONSchema = {
  type: 'number',
  exclusiveMinimum: 0,
  maximum: 1,
  default: 0.7,
  description: 'An instruction that is more like another than this, by ROUGE-L, is left out.',
};

/** `per_round` and `patience`: what is written in rounds whose answers are awaited together. */
export const roundOptions: Record<string, JSONSchema> = {
  per_round: {
    type: 'integer',
    minimum: 1,
    default: 5,
    description: 'Requests whose answers are awaited before they are compared.',
  },
  patience: {
    type: 'integer',
    minimum: 1,
    default: 10,
    description: 'Rounds in a row that bring nothing new before it ends with less than was wanted.',
  },
};

/** A schema of options. */
export function optionsOf(properties: Record<string, JSONSchema>): JSONSchema {
  return { type: 'object', additionalProperties: false, properties };
}
