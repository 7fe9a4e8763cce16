import type { Static } from 'typebox';
import * as Type from 'typebox/type';
import type { HostTensor } from '@tunesmith/runtime';

const text = Type.String({ minLength: 1 });

/** The key of a record's meta that holds its task's number, where a recipe says nothing; no file says it. */
export const usualTaskKey = 'task_id';

/** The configuration of multi-task prompt tuning, as a recipe's `method` holds it beside `name: multi-task-prompt-tuning`. */
export const multiTaskConfigSchema = Type.Object(
  {
    virtual_tokens: Type.Integer({
      minimum: 1,
      default: 20,
      description:
        'How many trained vectors stand before every document; before its source in an encoder-decoder.',
    }),
    tasks: Type.Integer({
      minimum: 1,
      default: 1,
      description:
        'How many tasks share the prompt. With more than one, each record says which is its own.',
    }),
    task_key: Type.String({
      minLength: 1,
      default: usualTaskKey,
      description:
        "With several tasks: the key of a record's meta that holds its task's number, from 0.",
    }),
    ranks: Type.Integer({
      minimum: 1,
      default: 1,
      description: "Rank of each task's factors.",
    }),
    init: Type.Union(
      [
        Type.Literal('vocabulary'),
        Type.Literal('random'),
        Type.Literal('text'),
        Type.Literal('average-source-tasks'),
        Type.Literal('exact-source-task'),
        Type.Literal('only-source-shared'),
      ],
      {
        default: 'vocabulary',
        description:
          "First values. vocabulary, text: embeddings of tokens, and factors of about 1. random: normal, and factors of about 0, as PEFT's. The others start from the artifact `source`, a prompt of several tasks: average-source-tasks takes the mean of its factors, exact-source-task those of `source_task`, only-source-shared the shared prompt alone.",
      },
    ),
    text: Type.Union([Type.Null(), text], {
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
    source_task: Type.Integer({
      minimum: 0,
      default: 0,
      description: 'For init exact-source-task: the number of the task.',
    }),
    modules_to_save: Type.Union([Type.Null(), Type.Array(text)], {
      default: null,
      description: 'Modules of the base model to train in full and store with the prompt.',
    }),
  },
  {
    additionalProperties: false,
    description: 'Multi-task prompt tuning: one prompt for several tasks, with factors for each.',
  },
);

/** A complete configuration of multi-task prompt tuning. */
export type MultiTaskConfig = Static<typeof multiTaskConfigSchema> & {
  /** The tensors of the artifact `source`, once read. */
  readonly source?: MultiTaskTensors;
};

/** The tensors of a multi-task prompt under their names in PEFT's files. */
export type MultiTaskTensors = Readonly<
  Record<'prompt_embeddings' | 'prefix_task_cols' | 'prefix_task_rows', HostTensor>
>;
