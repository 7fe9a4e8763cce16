import type { Static, TUnsafe } from 'typebox';
import * as Type from 'typebox/type';
import { partsOf, type Mention } from '../plugins/mention.ts';
import { withDefaults, asWritten } from '../validation/defaults.ts';
import type { JSONSchema } from '../validation/json-schema.ts';
import { dottedPath, type Problem } from '../validation/problems.ts';
import { prototypeKeys } from '../validation/prototype-keys.ts';
import { findProblems, invalid, type ValidationContext } from '../validation/validate.ts';
import { clashingAdapters } from './adapter-names.ts';
import { askingProperties, type StageBudget } from './asking.ts';
import { dataEntrySchema } from './data.ts';
import { mixingSchema } from './mixing.ts';
import { evaluationSchema } from './evaluation.ts';
import { expandStages } from './each.ts';
import { filtersSchema, mentionSchema } from './mention.ts';
import { modelSchema, writtenModelSchema, type ModelRecipe } from './model.ts';
import { listOf, severalOf, type OneOrSeveral } from './several.ts';
import { findStageConflicts, stagesSchema, type StageRecipe } from './stages.ts';
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

/** Whether every stage of a recipe names its model, or is one that others write for. */
function namesModels(given: unknown): boolean {
  const { stages } = Object(given) as { stages?: unknown };
  if (!Array.isArray(stages) || stages.length === 0) return false;
  return stages.every((stage: unknown) => {
    const { model, chat_model: chatModel, job } = Object(stage) as Record<string, unknown>;
    return (
      model !== undefined || job === 'label' || (job === 'synthesize' && chatModel !== undefined)
    );
  });
}

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
  ].map((problem) => withoutWriter(problem, value, written));
  if (problems.length > 0) throw invalid(problems, full);
  const recipe = withDefaults(recipeSchema, value) as Recipe;
  // stages that name models, or need none, leave the recipe without one of its own
  recipe.model = completeModel(recipe.model ?? '');
  const conflicts = findConflicts(recipe).map((one) => ({ ...one, path: written(one.path) }));
  if (conflicts.length > 0) throw invalid(conflicts, full);
  if (recipe.training.steps === undefined) recipe.training.epochs ??= 1;
  return recipe;
}

/** A recipe without a model whose stage writes data is in want of what writes. */
function withoutWriter(
  problem: Problem,
  given: unknown,
  written: (path: readonly string[]) => string[],
): Problem {
  const { stages } = Object(given) as { stages?: unknown };
  if (problem.kind !== 'missing' || problem.path.join() !== 'model' || !Array.isArray(stages))
    return problem;
  const index = stages.findIndex((stage: unknown) => {
    const { model, chat_model: chatModel, job } = Object(stage) as Record<string, unknown>;
    return job === 'synthesize' && model === undefined && chatModel === undefined;
  });
  if (index < 0) return problem;
  const path = written(['stages', `${index}`, 'chat_model']);
  return {
    ...problem,
    path,
    message: `${dottedPath(path)} is missing`,
    accepted:
      'a chat model, such as { name: openai, model: … }; or model, a checkpoint that answers here',
  };
}

/** A recipe's model with its defaults; a place alone stands for a model there. */
export function completeModel(model: string | ModelRecipe): ModelRecipe {
  return typeof model === 'string'
    ? (withDefaults(modelSchema, { from: model }) as ModelRecipe)
    : model;
}

/** Adapters of one name, in the recipe and in its stages. */
function findAdapterConflicts({ adapter, stages = [] }: Recipe): Problem[] {
  const lists = [
    { path: [] as string[], adapter },
    ...stages.map((stage, index) => ({ path: ['stages', `${index}`], adapter: stage.adapter })),
  ];
  return lists.flatMap(({ path, adapter: named }): Problem[] => {
    const clash = clashingAdapters(listOf(named));
    if (!clash) return [];
    const { index, ...problem } = clash;
    return [{ ...problem, path: [...path, 'adapter', `${index}`, 'name'] }];
  });
}

function findConflicts(recipe: Recipe): Problem[] {
  const problems: Problem[] = [...findStageConflicts(recipe), ...findAdapterConflicts(recipe)];
  const { steps, epochs } = recipe.training;
  if (steps !== undefined && epochs !== undefined) {
    problems.push({
      path: ['training', 'epochs'],
      message: `training.steps is ${steps} and training.epochs is ${epochs}`,
      value: epochs,
      accepted: 'one of the two',
    });
  }
  const methods = listOf(recipe.method).map((method) => partsOf(method).name);
  const alone = methods.find((name) => name === 'full' || name === 'none');
  if (alone !== undefined && methods.length > 1) {
    problems.push({
      path: ['method'],
      message: `method "${alone}" stands in a list with others`,
      value: methods,
      accepted: `${alone} by itself, or methods that train adapters`,
    });
  }
  if (methods.length > 0 && !methods.includes('none') && recipe.adapter !== undefined) {
    problems.push({
      path: ['adapter'],
      message: 'both method and adapter are given',
      value: recipe.adapter,
      accepted: 'method for a new adapter, or adapter.from to go on with one',
    });
  }
  const grouped = recipe.data.findIndex(({ group }) => group !== undefined);
  // what trains nothing reads every row once, whatever the shares would be
  if (grouped >= 0 && recipe.mixing === undefined && !recipe.stages && !methods.includes('none')) {
    problems.push({
      path: ['data', `${grouped}`, 'group'],
      message: `data[${grouped}] is in the group "${recipe.data[grouped]!.group}" of no mixture`,
      value: recipe.data[grouped]!.group,
      accepted: 'mixing beside data, with a preset or groups',
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
