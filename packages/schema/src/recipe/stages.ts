import { asWritten } from '../validation/defaults.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { Problem } from '../validation/problems.ts';
import type { RecipeInput } from './recipe.ts';

/** What a stage does: names of jobs. */
export type StageJobName = keyof typeof stageJobs;

/** One job of a staged recipe. What a recipe says for all stages, and a stage does not say itself, holds for it too. */
export interface StageRecipe extends Partial<
  Omit<RecipeInput, 'name' | 'output' | 'resume' | 'stages'>
> {
  /** Unique among the stages; the stage's folder, and the start of references to what it leaves. */
  name: string;
  job: StageJobName;
  /** Of `merge`: the type weights are stored in. */
  dtype?: 'float32' | 'float16' | 'bfloat16';
}

const common = ['model', 'plugins', 'device', 'threads'] as const;
const measured = [...common, 'data', 'template', 'adapter', 'evaluation', 'seed'] as const;

/** The jobs that a stage may name, and which keys of a recipe each takes. */
export const stageJobs = {
  train: {
    description: 'Train what the stage describes, measure before and after, and keep the adapter.',
    keys: [...measured, 'method', 'artifacts', 'objective', 'training'],
  },
  evaluate: { description: 'Measure a model, with an adapter or without.', keys: measured },
  merge: {
    description: 'Fold an adapter into its model, which is then a model of its own.',
    keys: [...common, 'adapter'],
  },
} as const;

/** Keys that belong to a stage and not to a recipe with stages. */
const ofStages = ['method', 'adapter', 'artifacts'] as const;

const namePattern = '^[A-Za-z0-9_-]+$';

/**
 * JSON Schema of `stages`, from the one of a run. Defaults are left to the run that a stage becomes: what a stage does not say, the
 * recipe may say for all.
 */
export function stagesSchema(run: JSONSchema): JSONSchema {
  const properties = run.properties ?? {};
  const stage = (job: string, keys: readonly string[], description: string): JSONSchema => ({
    type: 'object',
    description,
    required: ['name', 'job'],
    additionalProperties: false,
    properties: {
      name: {
        type: 'string',
        pattern: namePattern,
        description: 'What to call the stage: letters, digits, "_" and "-".',
      },
      job: { const: job, description: 'What the stage does.' },
      ...Object.fromEntries(
        keys.flatMap((key) =>
          properties[key] ? [[key, withoutDefaults(asWritten(properties[key]))]] : [],
        ),
      ),
      ...(job === 'merge'
        ? {
            dtype: {
              enum: ['float32', 'float16', 'bfloat16'],
              description: 'The type weights are stored in; float32 where it is absent.',
            },
          }
        : {}),
    },
  });
  return {
    type: 'array',
    minItems: 1,
    description:
      'Jobs that are done one after the other. Keys beside stages hold for every stage that does not have them itself. What a stage leaves is named stages.NAME.adapter or stages.NAME.model wherever a later stage takes a folder.',
    items: {
      anyOf: Object.entries(stageJobs).map(([job, { keys, description }]) =>
        stage(job, keys, description),
      ),
    },
  };
}

/** What stages do not get along with, and names that two stages share. */
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
  const names = stages.map(({ name }) => name);
  const twice = names.findIndex((name, index) => names.indexOf(name) !== index);
  if (twice < 0) return problems;
  return [
    ...problems,
    {
      path: ['stages', String(twice), 'name'],
      message: `two stages are named "${names[twice]}"`,
      value: names[twice],
      accepted: 'a name of its own for each stage',
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
