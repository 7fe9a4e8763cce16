import * as Type from 'typebox/type';
import { asWritten } from '../validation/defaults.ts';
import type { Mention } from '../plugins/mention.ts';
import { mentionSchema } from './mention.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { Problem } from '../validation/problems.ts';
import type { RecipeInput } from './recipe.ts';
import { severalOf, type OneOrSeveral } from './several.ts';

/** What a stage does: names of jobs. */
export type StageJobName = keyof typeof stageJobs;

/** One job of a staged recipe. What a recipe says for all stages, and a stage does not say itself, holds for it too. */
export interface StageRecipe extends Partial<
  Omit<RecipeInput, 'name' | 'output' | 'resume' | 'stages'>
> {
  /** Unique among the stages; the stage's folder, and the start of references to what it leaves. */
  name: string;
  job: StageJobName;
  /** A stage of its own for each value, or each choice of one value of several lists: see `expandStages`. */
  each?: Readonly<Record<string, readonly (string | number)[]>>;
  /** Of `merge`: the type weights are stored in. */
  dtype?: 'float32' | 'float16' | 'bfloat16';
  /** Of `label`: the runs whose models label. */
  runs?: OneOrSeveral<string>;
  /** Of `label`: runs that are left out all the same. */
  except?: OneOrSeveral<string>;
  /** Of `label`: what each run counts. */
  weights?: readonly number[] | 'accuracy';
  /** Of `label`: the share of the runs that is drawn. */
  share?: number;
  /** Of `label`: rows of each label that stay. */
  per_label?: number;
  draw?: 'surest' | 'proportional';
  /** Of `synthesize`: who writes the data, with its options. */
  synthesizer?: Mention;
  /** Of `synthesize`: the model that answers, or one for each role; the stage's own model where it is absent. */
  chat_model?: Mention | Readonly<Record<string, Mention>>;
  /** Of `synthesize`: texts in the place of the synthesizer's own. */
  prompts?: Readonly<Record<string, string>>;
  /** Of `tokenizer`: most tokens of the vocabulary, special ones and the 256 bytes among them. */
  vocabulary_size?: number;
  /** Of `tokenizer`: how often a pair must stand to be merged. */
  min_frequency?: number;
  /** Of `tokenizer`: in the order of their ids. */
  special_tokens?: readonly string[];
  /** Of `tokenizer`: what the new model's `config.json` says otherwise than the model's. */
  configuration?: Readonly<Record<string, unknown>>;
}

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

interface StageJobSchema {
  readonly description: string;
  readonly keys: readonly string[];
  readonly own: Readonly<Record<string, JSONSchema>>;
  readonly required: readonly string[];
}

/** Keys that belong to a stage and not to a recipe with stages. */
const ofStages = ['method', 'adapter', 'artifacts'] as const;

const namePattern = '^[A-Za-z0-9_-]+$';

const eachSchema: JSONSchema = {
  type: 'object',
  additionalProperties: {
    type: 'array',
    minItems: 1,
    items: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }] },
  },
  description:
    'A stage of its own for each value, named after it: { seed: [1, 2] }. ${seed} in the stage is the value. With several keys, one for each choice of values.',
};

/**
 * JSON Schema of `stages`, from the one of a run. Defaults are left to the run that a stage becomes: what a stage does not say, the
 * recipe may say for all.
 */
export function stagesSchema(run: JSONSchema): JSONSchema {
  const properties = run.properties ?? {};
  const stage = (
    job: string,
    { keys, own, required, description }: StageJobSchema,
  ): JSONSchema => ({
    type: 'object',
    description,
    required: ['name', 'job', ...required],
    additionalProperties: false,
    properties: {
      name: {
        type: 'string',
        pattern: namePattern,
        description: 'What to call the stage: letters, digits, "_" and "-".',
      },
      job: { const: job, description: 'What the stage does.' },
      each: eachSchema,
      ...Object.fromEntries(
        keys.flatMap((key) =>
          properties[key] ? [[key, withoutDefaults(asWritten(properties[key]))]] : [],
        ),
      ),
      ...own,
    },
  });
  return {
    type: 'array',
    minItems: 1,
    description:
      'Jobs that are done one after the other. Keys beside stages hold for every stage that does not have them itself. What a stage leaves is named stages.NAME.adapter, stages.NAME.model or stages.NAME.data wherever a later stage takes a folder or a file, and stages.NAME is its run.',
    items: {
      anyOf: Object.entries(stageJobs).map(([job, definition]) => stage(job, definition)),
    },
  };
}

/** What stages do not get along with, and names that two stages share, in whatever letter case. */
export function findStageConflicts(recipe: {
  readonly stages?: readonly { readonly name: string }[];
}): Problem[] {
  const { stages = [] } = recipe;
  if (stages.length === 0) return [];
  const problems = ofStages.flatMap((key): Problem[] => {
    const value = (recipe as Readonly<Record<string, unknown>>)[key];
    if (value === undefined) return [];
    return [
      {
        path: [key],
        message: `both stages and ${key} are given`,
        value,
        accepted: `${key} in the stage that it is for`,
      },
    ];
  });
  // Each has a folder of its name, and many disks take names in other letter case for the same.
  const folders = stages.map(({ name }) => name.toLowerCase());
  const twice = folders.findIndex((name, index) => folders.indexOf(name) !== index);
  if (twice < 0) return problems;
  const { name } = stages[twice]!;
  const { name: first } = stages[folders.indexOf(folders[twice]!)]!;
  const isSame = name === first;
  return [
    ...problems,
    {
      path: ['stages', String(twice), 'name'],
      message: isSame
        ? `two stages are named "${name}"`
        : `stages are named "${first}" and "${name}", which differ only in letter case`,
      value: name,
      accepted: `a name of its own for each stage${isSame ? '' : ', also where letter case does not count: their folders have these names'}`,
    },
  ];
}

/** A schema without any `default`, at every depth. */
function withoutDefaults(schema: JSONSchema): JSONSchema {
  const { default: _, ...copy } = schema as Record<string, unknown>;
  if (schema.properties)
    copy['properties'] = Object.fromEntries(
      Object.entries(schema.properties).map(([key, value]) => [key, withoutDefaults(value)]),
    );
  for (const keyword of ['anyOf', 'oneOf'] as const) {
    const branches = schema[keyword];
    if (branches) copy[keyword] = branches.map(withoutDefaults);
  }
  if (schema.items && typeof schema.items === 'object' && !Array.isArray(schema.items))
    copy['items'] = withoutDefaults(schema.items as JSONSchema);
  return copy as JSONSchema;
}
