import { asWritten } from '../validation/defaults.ts';
import type { Mention } from '../plugins/mention.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { Problem } from '../validation/problems.ts';
import type { RecipeInput } from './recipe.ts';
import type { OneOrSeveral } from './several.ts';
import { stageJobs, type StageJobName, type StageJobSchema } from './stage-jobs.ts';

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
