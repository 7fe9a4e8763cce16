import { loadModel } from '@tunesmith/models/node';
import { listOf, resolveRecipe, TunesmithError, type StageRecipe } from '@tunesmith/schema';
import { emptyReport, tokenizeCounted } from '@tunesmith/trainer';
import { collectData } from '../data/collect.ts';
import { recordsNear } from '../data/records-near.ts';
import { openRegistry, optionalTokenizer } from '../open-session.ts';
import { locateModel } from '../recipe/locate.ts';
import { completeRecipe } from '../train/complete.ts';
import { labelHeadOf, withLabels } from '../train/labels.ts';
import type { PlanOptions } from '../train/plan-run.ts';
import { preparing } from '../train/rows.ts';
import { readingRecipe } from './reading-recipe.ts';
import { isReference, referencePattern } from './reference.ts';
import { recipeOfStage } from './run-recipe.ts';

/** Enough to see what is wrong with all rows: a template's fields and words, answers that the tokenizer cannot tell apart. */
const tried = 8;

/**
 * Reads the first rows of every file that a stage reads and that is there, and makes examples of those that it trains on, by its own
 * template, objective and tokenizer, so that what would end a later stage is known before the first one begins. What an earlier stage
 * leaves is not looked at; a model that it leaves has the tokenizer of the model that it began from, and the head, unless the tokenizer is
 * still to be learned.
 *
 * @param stages all of them
 * @param isOpen whether a stage is still to be done
 * @throws TunesmithError of data, template and objective, naming the stage
 */
export async function tryFirstRows(
  stages: readonly StageRecipe[],
  isOpen: (stage: StageRecipe) => boolean,
  { plugins = [] }: Pick<PlanOptions, 'plugins'>,
): Promise<void> {
  for (const stage of stages) {
    if (!isOpen(stage)) continue;
    const files = (stage.data ?? []).flatMap((entry) =>
      'path' in entry && entry.path !== undefined && isThere(entry.path)
        ? [{ ...entry, limit: Math.min(tried, entry.limit ?? tried) }]
        : [],
    );
    if (files.length === 0) continue;
    const model = stage.job === 'train' ? startOf(stage, stages) : undefined;
    try {
      if (model) await tryRows({ ...stage, model, data: files }, plugins);
      else await readRows({ ...stage, data: files }, plugins);
    } catch (error) {
      throw inStage(stage, error);
    }
  }
}

/** Whether rows can be read now and once more later: what a stage leaves cannot, nor the standard input. */
function isThere(path: string): boolean {
  return !isReference(path) && path !== '-';
}

async function readRows(
  stage: StageRecipe,
  plugins: NonNullable<PlanOptions['plugins']>,
): Promise<void> {
  const registry = await openRegistry({ plugins, pluginNames: stage.plugins ?? [] });
  const { data, seed, template } = readingRecipe(stage, registry);
  await collectData(data, {
    registry,
    template: registry.settled('prompt-template', template),
    records: recordsNear(process.cwd()),
    seed,
  });
}

async function tryRows(
  stage: StageRecipe,
  plugins: NonNullable<PlanOptions['plugins']>,
): Promise<void> {
  const what = `recipe of stage "${stage.name}"`;
  const resolved = resolveRecipe(recipeOfStage(stage), { package: 'tunesmith', what });
  const registry = await openRegistry({ plugins, pluginNames: resolved.plugins });
  const { recipe: complete } = completeRecipe(resolved, {}, registry);
  const template = registry.settled('prompt-template', complete.template);
  const options = { registry, template, records: recordsNear(process.cwd()), seed: complete.seed };
  const { train } = await collectData(complete.data, options);
  if (train.length === 0) return;
  const recipe = withLabels(complete, train);
  const labels = labelHeadOf(recipe);
  const from = await locateModel(recipe.model.from, process.cwd());
  const model = await loadModel(from, {
    architectures: registry.all('architecture'),
    ...(labels ? { labels } : {}),
  });
  const tokenizer = await optionalTokenizer(from);
  const session = { model, tokenizer, registry };
  const { objective } = preparing({ recipe, session, template, adapters: [] });
  const report = emptyReport();
  for (const record of train) tokenizeCounted(record, objective, report);
}

type Start = Extract<StageRecipe['model'], object>;

/**
 * The model that a stage begins from, where it lies before any stage is run, with the head that the stages on the way gave it;
 * undefined where none is named.
 */
function startOf({ model }: StageRecipe, stages: readonly StageRecipe[]): Start | undefined {
  if (model === undefined) return undefined;
  const own: Start = typeof model === 'object' ? model : { from: model };
  if (!isReference(own.from)) return own;
  const maker = stageAt(own.from, stages);
  // its tokenizer is still to be learned
  if (maker?.job === 'tokenizer') return undefined;
  const [adapter] = listOf(maker?.adapter);
  // what is merged is the model that the adapter was trained on
  const before = maker?.job === 'merge' && adapter ? stageAt(adapter.from, stages) : undefined;
  const made = before ?? maker;
  const start = made && startOf(made, stages);
  return start && { ...start, ...own, from: start.from };
}

function stageAt(path: string, stages: readonly StageRecipe[]): StageRecipe | undefined {
  const [, name] = referencePattern.exec(path) ?? [];
  return stages.find((stage) => stage.name === name);
}

/** An error that names the stage that it is of. */
export function inStage({ name }: Pick<StageRecipe, 'name'>, error: unknown): unknown {
  if (!TunesmithError.is(error)) return error;
  const { package: from, code, value, accepted, nearest, kind, problems } = error;
  return new TunesmithError({
    package: from,
    code,
    message: `stage "${name}": ${problems[0] ?? error.message}`,
    value,
    kind,
    ...(accepted === undefined ? {} : { accepted }),
    ...(nearest === undefined ? {} : { nearest }),
    cause: error,
  });
}
