import type { Static } from 'typebox';
import * as Type from 'typebox/type';

const text = Type.String({ minLength: 1 });
const tokenIds = Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 });

/** The configuration of prompt tuning, as a recipe's `method` holds it beside `name: prompt`. */
export const promptConfigSchema = Type.Object(
  {
    virtual_tokens: Type.Integer({
      minimum: 1,
      default: 20,
      description:
        'How many trained vectors stand before every document; before its source in an encoder-decoder.',
    }),
    init: Type.Union(
      [
        Type.Literal('vocabulary'),
        Type.Literal('random'),
        Type.Literal('text'),
        Type.Literal('class-labels'),
      ],
      {
        default: 'vocabulary',
        description:
          "First values. vocabulary: embeddings of distinct tokens drawn at random, the best start for most models. random: normal, as wide as the model's embeddings. text: the embeddings of `text`. class-labels: for each of `labels` the mean of its tokens' embeddings, and the rest from the vocabulary.",
      },
    ),
    text: Type.Union([Type.Null(), text], {
      default: null,
      description:
        'For init text: what the prompt starts as, repeated or cut to the number of virtual tokens.',
    }),
    token_ids: Type.Union([Type.Null(), tokenIds], {
      default: null,
      description: 'For init text: the tokens of the text, where the caller has them already.',
    }),
    labels: Type.Union([Type.Null(), Type.Array(text, { minItems: 1 })], {
      default: null,
      description: 'For init class-labels: the words that the task answers with.',
    }),
    label_ids: Type.Union([Type.Null(), Type.Array(tokenIds, { minItems: 1 })], {
      default: null,
      description:
        'For init class-labels: the tokens of each label, where the caller has them already.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(text)], {
      default: null,
      description: 'Modules of the base model to train in full and store with the prompt.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Prompt tuning: trained vectors before the embedded input.',
  },
);

/** A complete configuration of prompt tuning. */
export type PromptConfig = Static<typeof promptConfigSchema>;
