import { createHash } from 'node:crypto';
import {
  stageJobs,
  type Mention,
  type Recipe,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { readRecipe } from '../recipe/read.ts';
import { readNear } from '../recipe/read-near.ts';
import { withTemplateFiles } from '../recipe/template-files.ts';
import { checkRunFolder, type RunIntent } from '../run/check-folder.ts';
import { runFolder } from '../run/folder.ts';
import { openRegistry } from '../open-session.ts';
import { modelsRecorded, withStagePlaces } from '../train/places.ts';
import type { PlanOptions } from '../train/plan-run.ts';
import { stageHistory } from './events.ts';
import { heldStages, type StagePlan } from './held.ts';
import { inputsOf } from './inputs.ts';
import { jobOf } from './jobs.ts';
import { tryFirstRows } from './first-rows.ts';
import { checkReferences } from './references.ts';

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
 * @throws TunesmithError `unknown-stage`, `later-stage`, `unknown-artifact`, `wrong-artifact` for references; those of
 * `heldStages` for a run that goes on; those of the recipe, of plugins and of the folder
 */
export async function planStages(
  source: RecipeInput | string,
  options: PlanOptions & { readonly queue?: Mention },
): Promise<StagedPlan> {
  const read = await readRecipe(source, { overrides: options.overrides ?? [] });
  const resume = options.resume ?? read.recipe.resume;
  const { directory: output } = runFolder(read.recipe.output);
  checkReferences(inherited(read.written));
  const templateFiles: string[] = [];
  const placed = await withStageFiles(
    await withStagePlaces(read.written, {
      directory: read.directory,
      onWork: options.onWork,
      ...(resume ? { earlier: await modelsRecorded(output) } : {}),
    }),
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
      ...stages.flatMap(inputsOf),
      ...(read.file === undefined
        ? []
        : [{ what: 'the recipe', path: read.file, role: 'recipe' as const }]),
      ...templateFiles.map((path) => ({ what: 'the file of a template', path })),
    ],
    writes: stages.map(({ name }) => `stages/${name}`),
  };
  await checkRunFolder(intent);
  const digests = stages.map((stage) => ({ stage, digest: digestOf(stage) }));
  const plans = resume
    ? await heldStages(digests, await stageHistory(output), output)
    : digests.map((plan) => ({ ...plan, finished: false }));
  const kept = new Set(plans.filter(({ finished }) => finished).map(({ stage }) => stage.name));
  await tryFirstRows(stages, ({ name }) => !kept.has(name), options);
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
    read: readNear(directory),
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

/** What a stage's numbers follow from, whatever order its keys have. */
function digestOf(stage: StageRecipe): string {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash('sha256').update(JSON.stringify(stage, sorted)).digest('hex');
}
