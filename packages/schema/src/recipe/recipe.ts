import { Type, type Static, type TUnsafe } from 'typebox';
import { partsOf, type Mention } from '../plugins/mention.ts';
import { withDefaults, asWritten } from '../validation/defaults.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import type { Problem } from '../validation/problems.ts';
import { prototypeKeys } from '../validation/prototype-keys.ts';
import { findProblems, invalid, type ValidationContext } from '../validation/validate.ts';
import { dataEntrySchema } from './data.ts';
import { evaluationSchema } from './evaluation.ts';
import { mentionSchema } from './mention.ts';
import { modelSchema, writtenModelSchema, type ModelRecipe } from './model.ts';
import { findStageConflicts, stagesSchema, type StageRecipe } from './stages.ts';
import { trainingSchema } from './training.ts';

const methodSchema = mentionSchema({
  description:
    'What trains. A name, or a name with the options of that method: { name: lora, r: 8 }. full trains every weight; none trains nothing and only evaluates.',
  names:
    'lora, adalora, vera, adapter, ia3, prompt, bitfit, layer-norm-tuning, freeze, full, none, or the name of a plugin.',
  examples: [
    { name: 'lora', r: 8, alpha: 16, targets: ['q_proj', 'v_proj'] },
    { name: 'full' },
    'none',
  ],
});

const objectiveSchema = mentionSchema({
  default: 'causal-lm',
  description:
    'What is learned. A name, or a name with the options of that objective: { name: causal-lm, label_smoothing: 0.1 }.',
  names: 'An objective, built in or from a plugin.',
  examples: ['causal-lm', { name: 'masked-lm', rate: 0.15 }],
});

const artifactsSchema = Type.Unsafe<Record<string, string | readonly string[]>>({
  type: 'object',
  additionalProperties: {
    anyOf: [
      { type: 'string', minLength: 1 },
      { type: 'array', minItems: 1, items: { type: 'string', minLength: 1 } },
    ],
  },
  description:
    'What the method builds on, by the names it knows: folders of adapters, or of tensors with artifact.json; one, or several.',
  examples: [{ source: 'runs/first/adapter' }],
}) as TUnsafe<Record<string, string | readonly string[]>> & { description: string };

const resolvedSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, description: 'A title for the report.' })),
    model: writtenModelSchema,
    data: Type.Array(dataEntrySchema, { default: [], description: 'The instruction data.' }),
    template: mentionSchema({
      default: 'plain',
      description: 'The prompt template that turns instances into conversations.',
    }),
    method: Type.Optional(methodSchema),
    adapter: Type.Optional(
      Type.Object(
        {
          from: Type.String({ minLength: 1, description: 'The folder of the adapter.' }),
          name: Type.Optional(Type.String({ minLength: 1, description: 'What to call it.' })),
        },
        {
          additionalProperties: false,
          description:
            'Go on with an existing adapter; its own files say which method it is. With method: none it is measured as it is.',
        },
      ),
    ),
    objective: objectiveSchema,
    artifacts: Type.Optional(artifactsSchema),
    training: trainingSchema,
    evaluation: evaluationSchema,
    plugins: Type.Array(Type.String({ minLength: 1 }), {
      default: [],
      description: 'Packages or files whose plugins the recipe uses.',
    }),
    device: mentionSchema({
      default: 'auto',
      examples: ['auto', 'cpu', { name: 'cpu', threads: 4 }],
      description: 'Where tensors run; auto takes the fastest available.',
    }),
    threads: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'Threads of the device; absent takes one for each core.',
      }),
    ),
    seed: Type.Integer({
      minimum: 0,
      maximum: 2147483647,
      default: 0,
      description: 'Everything random follows from it.',
    }),
    output: Type.String({
      minLength: 1,
      default: 'runs/latest',
      description: 'The folder of the run.',
    }),
    resume: Type.Boolean({
      default: false,
      description: 'Whether to go on from the newest checkpoint in output.',
    }),
  },
  { additionalProperties: false },
);

/** JSON Schema of a recipe as people write it: what has a default may be left out. */
export const recipeSchema: JSONSchema = {
  $id: 'https://tunesmith.dev/schema/1/recipe.schema.json',
  title: 'Tunesmith recipe',
  description:
    'One training run: model, data, method, training, evaluation, device; or stages, a list of such jobs.',
  ...withStages(asWritten(resolvedSchema)),
};

function withStages(run: JSONSchema): JSONSchema {
  return { ...run, properties: { ...run.properties, stages: stagesSchema(run) } };
}

/** A recipe with every default written out: what a run does, completely. */
export type Recipe = Omit<Static<typeof resolvedSchema>, 'model'> & {
  model: ModelRecipe;
  stages?: readonly StageRecipe[];
};

/** A recipe as people write it: what has a default may be left out. */
type Written<T> = T extends readonly (infer Item)[]
  ? readonly Written<Item>[]
  : Mention extends T
    ? T | Options
    : T extends object
      ? { [Key in keyof T]?: Written<T[Key]> }
      : T;

/** Options alone, of the plugin that is meant where no name is given. */
type Options = Readonly<Record<string, unknown>>;

/** A recipe as people write it. {@link resolveRecipe} checks it and fills in the rest. */
export type RecipeInput = Written<
  Omit<Recipe, 'method' | 'objective' | 'model' | 'artifacts' | 'stages'>
> & {
  model: string | (Written<ModelRecipe> & { from: string });
  objective?: Mention;
  artifacts?: Recipe['artifacts'];
  stages?: readonly StageRecipe[];
  method?: Mention;
};

/**
 * Checks a recipe and writes every default out.
 *
 * @throws TunesmithError `invalid-recipe`: unknown keys with a suggestion, wrong types and ranges, both `steps` and
 * `epochs`, both `method` and `adapter`, or none of the two.
 */
export function resolveRecipe(value: unknown, context: Partial<ValidationContext> = {}): Recipe {
  const full = { package: '@tunesmith/schema', what: 'recipe', ...context };
  const found = findProblems(recipeSchema, value);
  const told = new Set(found.map(({ message }) => message));
  // Where any key is accepted, the schema finds nothing wrong with __proto__.
  const problems = [...found, ...prototypeKeys(value).filter(({ message }) => !told.has(message))];
  if (problems.length > 0) throw invalid(problems, full);
  const recipe = withDefaults(recipeSchema, value) as Recipe;
  recipe.model = completeModel(recipe.model);
  const conflicts = findConflicts(recipe);
  if (conflicts.length > 0) throw invalid(conflicts, full);
  if (recipe.training.steps === undefined) recipe.training.epochs ??= 1;
  return recipe;
}

/** A recipe's model with its defaults; a place alone stands for a model there. */
export function completeModel(model: string | ModelRecipe): ModelRecipe {
  return typeof model === 'string'
    ? (withDefaults(modelSchema, { from: model }) as ModelRecipe)
    : model;
}

function findConflicts(recipe: Recipe): Problem[] {
  const problems: Problem[] = findStageConflicts(recipe);
  const { steps, epochs } = recipe.training;
  if (steps !== undefined && epochs !== undefined) {
    problems.push({
      path: ['training', 'epochs'],
      message: `training.steps is ${steps} and training.epochs is ${epochs}`,
      value: epochs,
      accepted: 'one of the two',
    });
  }
  const trains = recipe.method !== undefined && partsOf(recipe.method).name !== 'none';
  if (trains && recipe.adapter !== undefined) {
    problems.push({
      path: ['adapter'],
      message: 'both method and adapter are given',
      value: recipe.adapter,
      accepted: 'method for a new adapter, or adapter.from to go on with one',
    });
  }
  if (recipe.method === undefined && recipe.adapter === undefined && recipe.stages === undefined) {
    problems.push({
      path: [],
      message: 'method is missing',
      value: undefined,
      accepted: 'method: { name: lora, … }, adapter: { from: DIR }, or stages',
    });
  }
  return problems;
}
