import type { Static, TUnsafe } from 'typebox';
import * as Type from 'typebox/type';
import type { Mention } from '../plugins/mention.ts';
import { withDefaults, asWritten } from '../validation/defaults.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import { prototypeKeys } from '../validation/prototype-keys.ts';
import { findProblems, invalid, type ValidationContext } from '../validation/validate.ts';
import { askingProperties, type StageBudget } from './asking.ts';
import { findConflicts } from './conflicts.ts';
import { dataEntrySchema } from './data.ts';
import { mixingSchema } from './mixing.ts';
import { evaluationSchema } from './evaluation.ts';
import { expandStages } from './each.ts';
import { filtersSchema, mentionSchema } from './mention.ts';
import { modelSchema, writtenModelSchema, type ModelRecipe } from './model.ts';
import { severalOf, type OneOrSeveral } from './several.ts';
import { namesModels, missingWriter } from './stage-models.ts';
import { stagesSchema, type StageRecipe } from './stages.ts';
import { preparationSchema, trainingSchema } from './training.ts';

const methodSchema = severalOf(
  mentionSchema({
    description: 'A method.',
    names:
      'lora, adalora, vera, adapter, pfeiffer, parallel-adapter, adapter-fusion, ia3, prompt, prefix-tuning, p-tuning, multi-task-prompt-tuning, bitfit, layer-norm-tuning, freeze, prompt-subspace, intrinsic-prompt, intrinsic-dimension, hint, full, none, or the name of a plugin.',
  }),
  {
    description:
      'What trains. A name, or a name with the options of that method: { name: lora, r: 8 }; or a list of methods that train together, the first closest to the model. full trains every weight; none trains nothing and only evaluates.',
    examples: [
      { name: 'lora', r: 8, alpha: 16, targets: ['q_proj', 'v_proj'] },
      { name: 'full' },
      'none',
      [{ name: 'lora', r: 8 }, 'bitfit'],
    ],
  },
);

const adapterSchema = severalOf(
  Type.Object(
    {
      from: Type.String({
        minLength: 1,
        description: 'The folder of the adapter, or of several that a run trained together.',
      }),
      name: Type.Optional(Type.String({ minLength: 1, description: 'What to call it.' })),
      by_record: Type.Optional(
        Type.Boolean({
          description:
            'Whether it acts only on the records whose meta.adapter is its name, each record its own adapter or none; by default as a run trained it, and else on all.',
        }),
      ),
    },
    { additionalProperties: false, description: 'An adapter.' },
  ),
  {
    description:
      'Go on with an existing adapter, or with a list of them that work together, the first closest to the model; their own files say which methods they are. With method: none they are measured as they are.',
    examples: [{ from: 'runs/first/adapter' }],
  },
);

const objectiveSchema = mentionSchema({
  default: 'causal-lm',
  description:
    'What is learned. A name, or a name with the options of that objective: { name: causal-lm, label_smoothing: 0.1 }.',
  names: 'An objective, built in or from a plugin.',
  examples: ['causal-lm', { name: 'masked-lm', rate: 0.15 }],
});

type Artifacts = Readonly<Record<string, OneOrSeveral<string>>>;

const artifactsSchema = Type.Unsafe<Artifacts>({
  type: 'object',
  additionalProperties: severalOf(Type.String({ minLength: 1 }), { description: 'Folders.' }),
  description:
    'What the method builds on, by the names it knows: folders of adapters, or of tensors with artifact.json; one, or several.',
  examples: [{ source: 'runs/first/adapter' }],
}) as TUnsafe<Artifacts> & { description: string };

const resolvedSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ minLength: 1, description: 'A title for the report.' })),
    model: writtenModelSchema,
    data: Type.Array(dataEntrySchema, { default: [], description: 'The instruction data.' }),
    filters: Type.Optional(
      filtersSchema(
        'Data filters that the training rows of all entries pass together, in order, before they are weighted.',
      ),
    ),
    ...askingProperties,
    mixing: Type.Optional(mixingSchema),
    template: mentionSchema({
      default: 'plain',
      description: 'The prompt template that turns instances into conversations.',
    }),
    method: Type.Optional(methodSchema),
    adapter: Type.Optional(adapterSchema),
    objective: objectiveSchema,
    artifacts: Type.Optional(artifactsSchema),
    training: trainingSchema,
    preparation: Type.Optional(preparationSchema),
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

/** A recipe whose stages name their models, or need none. */
const stagedSchema: JSONSchema = {
  ...recipeSchema,
  required: (recipeSchema.required ?? []).filter((key) => key !== 'model'),
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
  Omit<Recipe, 'method' | 'adapter' | 'objective' | 'model' | 'artifacts' | 'budget' | 'stages'>
> & {
  model: string | (Written<ModelRecipe> & { from: string });
  objective?: Mention;
  budget?: StageBudget;
  artifacts?: Recipe['artifacts'];
  stages?: readonly StageRecipe[];
  method?: Recipe['method'];
  adapter?: Recipe['adapter'];
};

/** What is checked, for messages. */
export interface RecipeContext extends Partial<ValidationContext> {
  /** Where a part of the recipe stands in what a person wrote; the same place by default. */
  readonly pathWritten?: (path: readonly string[]) => string[];
}

/**
 * Checks a recipe and writes every default out.
 *
 * @throws TunesmithError `invalid-recipe`: unknown keys with a suggestion, wrong types and ranges, both `steps` and
 * `epochs`, both `method` and `adapter`, or none of the two.
 */
export function resolveRecipe(
  given: unknown,
  { pathWritten = (path) => [...path], ...context }: RecipeContext = {},
): Recipe {
  const { recipe: value, origins } = expandStages(given);
  // As written: one stage may stand for several.
  const written = (path: readonly string[]): string[] => {
    const origin = path[0] === 'stages' ? origins[Number(path[1])] : undefined;
    return pathWritten(origin === undefined ? path : ['stages', `${origin}`, ...path.slice(2)]);
  };
  const full = { package: '@tunesmith/schema', what: 'recipe', ...context };
  const found = findProblems(namesModels(value) ? stagedSchema : recipeSchema, value, written);
  const told = new Set(found.map(({ message }) => message));
  // Where any key is accepted, the schema finds nothing wrong with __proto__.
  const problems = [
    ...found,
    ...prototypeKeys(given).filter(({ message }) => !told.has(message)),
  ].map((problem) => missingWriter(problem, value, written));
  if (problems.length > 0) throw invalid(problems, full);
  const recipe = withDefaults(recipeSchema, value) as Recipe;
  // stages that name models, or need none, leave the recipe without one of its own
  recipe.model = completeModel(recipe.model ?? '');
  const conflicts = findConflicts(recipe).map((one) => ({ ...one, path: written(one.path) }));
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
