import { createHash } from 'node:crypto';
import {
  listOf,
  stageJobs,
  TunesmithError,
  type Recipe,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { readRecipe } from '../recipe/read.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import { checkRunFolder, type RunInput, type RunIntent } from '../run/check-folder.ts';
import { runFolder } from '../run/folder.ts';
import { openRegistry } from '../session.ts';
import { withStagePlaces } from '../train/places.ts';
import type { PlanOptions } from '../train/plan.ts';
import { finishedStages } from './events.ts';
import { jobOf } from './jobs.ts';
import { tryFirstRows } from './first-rows.ts';
import { isReference } from './reference.ts';
import { checkReferences } from './references.ts';

/** A stage of a run that is ready to start. */
export interface StagePlan {
  /** What the stage says, and what the recipe says for all stages; paths are absolute, references stand. */
  readonly stage: StageRecipe;
  /** By what a finished stage is held to its recipe. */
  readonly digest: string;
  /** Whether it was finished before, and is kept. */
  readonly finished: boolean;
}

/** A staged run that is ready to start: everything that can be checked beforehand is. */
export interface StagedPlan {
  readonly recipe: Recipe;
  /** What the run's `recipe.yaml` will hold. */
  readonly written: RecipeInput;
  readonly intent: RunIntent;
  readonly stages: readonly StagePlan[];
}

/**
 * Reads a staged recipe and checks every stage of it: keys, plugins, files and their first rows, what stages take from one another,
 * and, where the run goes on, that what is finished is still what the recipe says.
 *
 * @throws TunesmithError `unknown-stage`, `later-stage`, `unknown-artifact`, `wrong-artifact` for references; `changed-stage` and
 * `changed-order` for a run that goes on with another recipe; those of the recipe, of plugins and of the folder
 */
export async function planStages(
  source: RecipeInput | string,
  options: PlanOptions,
): Promise<StagedPlan> {
  const read = await readRecipe(source, { overrides: options.overrides ?? [] });
  const resume = options.resume ?? read.recipe.resume;
  const { directory: output } = runFolder(read.recipe.output);
  checkReferences(inherited(read.written));
  const templateFiles: string[] = [];
  const placed = await withStageFiles(
    await withStagePlaces(read.written, read.directory),
    read.directory,
    options,
    (path) => templateFiles.push(path),
  );
  const stages = inherited(placed);
  for (const stage of stages) await jobOf(stage).check(stage, options);
  const intent: RunIntent = {
    directory: output,
    resume,
    overwrite: options.overwrite ?? false,
    inputs: [
      ...inputsOf(stages, read.file),
      ...templateFiles.map((path) => ({ what: 'the file of a template', path })),
    ],
    writes: stages.map(({ name }) => `stages/${name}`),
  };
  await checkRunFolder(intent);
  const finished = resume ? await finishedStages(output) : new Map<string, string>();
  const plans = held(
    stages.map((stage) => ({ stage, digest: digestOf(stage) })),
    finished,
  );
  await tryFirstRows(stages, ({ name }) => !finished.has(name), options);
  return { recipe: read.recipe, written: { ...placed, output }, intent, stages: plans };
}

/** A staged recipe with the files that its templates name in place of their paths. */
async function withStageFiles(
  recipe: RecipeInput,
  directory: string,
  { plugins = [] }: PlanOptions,
  onFile: (path: string) => void,
): Promise<RecipeInput> {
  const reading = (pluginNames: readonly string[] = []) => ({
    directory,
    registry: () => openRegistry({ plugins, pluginNames, directory }),
    onFile,
  });
  const stages: StageRecipe[] = [];
  for (const stage of recipe.stages ?? [])
    stages.push(await withTemplateFiles(stage, reading(stage.plugins ?? recipe.plugins)));
  return { ...(await withTemplateFiles(recipe, reading(recipe.plugins))), stages };
}

/** Stages with what the recipe says for all of them, as far as their job takes it. */
export function inherited({ stages = [], ...shared }: RecipeInput): StageRecipe[] {
  return stages.map((stage) => {
    const keys: readonly string[] = stageJobs[stage.job].keys;
    const own = Object.entries(shared).filter(
      ([key, value]) => value !== undefined && keys.includes(key),
    );
    return { ...Object.fromEntries(own), ...stage } as StageRecipe;
  });
}

/** Finished stages come first, and must be as they were. */
function held(
  stages: readonly Omit<StagePlan, 'finished'>[],
  finished: ReadonlyMap<string, string>,
): StagePlan[] {
  return stages.map((plan, index) => {
    const { stage, digest } = plan;
    const known = finished.get(stage.name);
    if (known === undefined) return { ...plan, finished: false };
    const before = stages.slice(0, index).find((earlier) => !finished.has(earlier.stage.name));
    if (before)
      throw refuse(
        'changed-order',
        `stage "${stage.name}" was finished before there was a stage "${before.stage.name}" ahead of it`,
        before.stage.name,
      );
    if (known !== digest)
      throw refuse(
        'changed-stage',
        `stage "${stage.name}" is finished, and the recipe now says something else of it`,
        stage.name,
      );
    return { ...plan, finished: true };
  });
}

function refuse(code: string, message: string, value: string): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code,
    message,
    value,
    accepted:
      'finished stages as they were, with later ones changed or added; or --overwrite to run all again',
  });
}

/** What a stage's numbers follow from, whatever order its keys have. */
function digestOf(stage: StageRecipe): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(stage, sorted)).digest('hex');
}

/** Everything that the stages read and no stage writes. */
function inputsOf(stages: readonly StageRecipe[], file: string | undefined): RunInput[] {
  const inputs = stages.flatMap(
    ({ model, adapter, data = [], artifacts = {}, runs }): RunInput[] => {
      const from = typeof model === 'string' ? model : model?.from;
      return [
        ...(from === undefined ? [] : [{ what: 'the model', path: from }]),
        ...listOf(adapter).map((named) => ({ what: 'the adapter', path: named.from })),
        ...data.flatMap((entry) =>
          'path' in entry && entry.path !== undefined
            ? [{ what: 'the data', path: entry.path }]
            : [],
        ),
        ...listOf(runs).map((path) => ({ what: 'the run', path })),
        ...Object.values(artifacts)
          .flatMap(listOf)
          .map((path): RunInput => ({ what: 'an artifact', path })),
      ];
    },
  );
  return [
    ...inputs.filter(({ path }) => !isReference(path)),
    ...(file === undefined ? [] : [{ what: 'the recipe', path: file, role: 'recipe' as const }]),
  ];
}
