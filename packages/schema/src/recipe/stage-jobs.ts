import * as Type from 'typebox/type';
import type { JSONSchema } from '../validation/json-schema.ts';
import { mentionSchema } from './mention.ts';
import { severalOf } from './several.ts';

/** What a stage does: names of jobs. */
export type StageJobName = keyof typeof stageJobs;

/** How chat models are asked, by what writes and by filters. */
const asking = ['at_once', 'per_minute', 'budget'] as const;
const common = ['model', 'plugins', 'device', 'threads'] as const;
const measured = [...common, 'data', 'template', 'adapter', 'evaluation', 'seed'] as const;

const runs = (description: string): JSONSchema => ({
  ...severalOf(Type.String({ minLength: 1 }), { description }),
});

/** The jobs that a stage may name: which keys of a recipe each takes, and which are its own. */
export const stageJobs = {
  train: {
    description: 'Train what the stage describes, measure before and after, and keep the adapter.',
    keys: [
      ...measured,
      'filters',
      'mixing',
      'method',
      'artifacts',
      'objective',
      'training',
      'preparation',
      ...asking,
    ],
    own: {},
    required: [],
  },
  evaluate: {
    description: 'Measure a model, with an adapter or without.',
    keys: [...measured, 'objective'],
    own: {},
    required: [],
  },
  merge: {
    description: 'Fold adapters into their model, which is then a model of its own.',
    keys: [...common, 'adapter'],
    own: {
      dtype: {
        enum: ['float32', 'float16', 'bfloat16'],
        description: 'The type weights are stored in; float32 where it is absent.',
      },
    },
    required: [],
  },
  label: {
    description:
      'Let runs answer the rows of the data, and keep what they agree on: for each row how likely each answer is, and the likeliest as its answer.',
    keys: ['plugins', 'device', 'threads', 'seed', 'data', 'filters', 'objective', ...asking],
    own: {
      runs: runs(
        'The runs whose models answer, each by its own objective and template: stages.NAME, or folders.',
      ),
      except: runs('Runs that do not answer although runs names them.'),
      weights: {
        anyOf: [
          { const: 'accuracy' },
          { type: 'array', minItems: 1, items: { type: 'number', minimum: 0 } },
        ],
        description:
          'What each run counts: a number for each, in the order of runs; or accuracy, the share of its training rows that its model answers rightly before it is trained. Absent: all count alike.',
      },
      share: {
        type: 'number',
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'The share of the runs that answers, at least one, drawn by the seed.',
      },
      per_label: {
        type: 'integer',
        minimum: 1,
        description:
          'Keep so many rows of each answer, those that it is likeliest for; absent, all.',
      },
      draw: {
        enum: ['surest', 'proportional'],
        description:
          'Which rows per_label keeps: the surest, as where it is absent; or rows drawn by the seed in proportion to how likely their answer is, as iPET does.',
      },
    },
    required: ['runs'],
  },
  synthesize: {
    description:
      'Let language models write instruction data, beginning from the rows of the data as seeds.',
    keys: [...common, 'data', 'filters', 'adapter', 'seed', ...asking],
    own: {
      synthesizer: mentionSchema({
        description: 'How the data is written, with the options of that way.',
        examples: ['self-instruct', { name: 'evol-instruct', rounds: 2 }],
      }),
      chat_model: {
        anyOf: [{ type: 'string', minLength: 1 }, { type: 'object' }],
        description:
          "The model that answers, { name: openai, model: … }, or one for each role, { writer: …, judge: … }; the stage's own model, answering here, where it is absent.",
      },
      prompts: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: "Texts in the place of the synthesizer's own, by name.",
      },
    },
    required: ['synthesizer', 'data'],
  },
  tokenizer: {
    description:
      "Learn a byte-level BPE vocabulary from the rows of the data, and leave a model that has it: of the model's shape, its weights drawn by the seed, to be trained from the beginning.",
    keys: [...common, 'seed', 'data', 'filters', ...asking],
    own: {
      vocabulary_size: {
        type: 'integer',
        minimum: 256,
        description:
          'Most tokens that the vocabulary may have, the special ones and the 256 bytes among them.',
      },
      min_frequency: {
        type: 'integer',
        minimum: 0,
        description:
          'Pairs of tokens that stand less often in the text are not merged; 2 where it is absent.',
      },
      special_tokens: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', minLength: 1 },
        description:
          'In the order of their ids from 0; <|endoftext|>, <|im_start|> and <|im_end|> where it is absent, with which the model has the chat template of ChatML.',
      },
      configuration: {
        type: 'object',
        description:
          "What the new model's config.json says otherwise than the model's: { num_hidden_layers: 4, hidden_size: 128 }.",
      },
    },
    required: ['vocabulary_size'],
  },
} as const satisfies Record<string, StageJobSchema>;

/** A job: the keys of a recipe that its stages take, and those that only they have. */
export interface StageJobSchema {
  readonly description: string;
  readonly keys: readonly string[];
  readonly own: Readonly<Record<string, JSONSchema>>;
  readonly required: readonly string[];
}
