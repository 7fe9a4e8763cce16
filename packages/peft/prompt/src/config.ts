import Type, { type Static } from 'typebox';

/** The configuration of prompt tuning, as a recipe's `method` holds it beside `name: prompt`. */
export const promptConfigSchema = Type.Object(
  {
    virtual_tokens: Type.Integer({
      minimum: 1,
      default: 20,
      description: 'How many trained vectors stand before every document.',
    }),
    init: Type.Union([Type.Literal('vocabulary'), Type.Literal('random'), Type.Literal('text')], {
      default: 'vocabulary',
      description:
        "First values. vocabulary: embeddings of distinct tokens drawn at random, the best start for most models. random: normal, as wide as the model's embeddings. text: the embeddings of `text`.",
    }),
    text: Type.Union([Type.Null(), Type.String({ minLength: 1 })], {
      default: null,
      description:
        'For init text: what the prompt starts as, repeated or cut to the number of virtual tokens.',
    }),
    token_ids: Type.Union(
      [Type.Null(), Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1 })],
      {
        default: null,
        description: 'For init text: the tokens of the text, where the caller has them already.',
      },
    ),
  },
  {
    additionalProperties: false,
    description: 'Prompt tuning: trained vectors before the embedded input.',
  },
);

/** A complete configuration of prompt tuning. */
export type PromptConfig = Static<typeof promptConfigSchema>;
