import {
  TunesmithError,
  type ChatModel,
  type JobQueue,
  type Mention,
  type Plugin,
  type Registry,
  type RecipeInput,
  type StageRecipe,
} from '@tunesmith/schema';
import { answerQueued } from '@tunesmith/synthesis';
import { openRegistry } from '../open-session.ts';
import { readRecipe } from '../recipe/read.ts';
import { runFolder } from '../run/folder.ts';
import type { WorkListener } from '../session.ts';
import { inherited } from '../stages/plan.ts';
import { resolveReferences } from '../stages/references.ts';
import { withStagePlaces } from '../train/places.ts';
import { requireStages } from './estimate.ts';
import { modelsOf } from './models.ts';
import { openQueue } from './shared.ts';

/** How a worker works. */
export interface WorkerOptions {
  readonly overrides?: readonly string[];
  readonly plugins?: readonly Plugin[];
  /** Where the requests are. */
  readonly queue: Mention;
  /** Requests of a model under way at once; as the recipe says, or 8. */
  readonly atOnce?: number;
  /** Seconds without a request after which it ends; never by default. */
  readonly idle?: number;
  /** Ends it once what is under way is answered. */
  readonly signal?: AbortSignal;
  readonly onWork?: WorkListener;
  readonly onWarning?: (message: string) => void;
  /** Hears once that it can be asked. */
  readonly onReady?: (models: readonly string[]) => void;
}

/** What a worker did. */
export interface WorkerSummary {
  /** The models that it answered for. */
  readonly models: readonly string[];
  readonly answered: number;
  /** Requests whose failure it told. */
  readonly failed: number;
  /** Answers that came when another worker's was there. */
  readonly late: number;
}

/**
 * Answers the requests of a recipe's stages that write data, from a queue, with the models that the recipe names, until it is ended or has
 * nothing to do.
 *
 * @throws TunesmithError of the recipe, of the queue and of opening models; `same-name` for two models that the queue cannot tell apart
 */
export async function runWorker(
  source: RecipeInput | string,
  options: WorkerOptions,
): Promise<WorkerSummary> {
  const { queue: mention, atOnce, idle, onWork, onWarning, plugins = [] } = options;
  const stages = await writingStages(source, options);
  const pluginNames = [...new Set(stages.flatMap((stage) => stage.plugins ?? []))];
  const registry = await openRegistry({ plugins, pluginNames });
  const queue = await openQueue(mention, registry);
  const open = new Map<string, ChatModel>();
  const ended = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, ended.signal]) : ended.signal;
  let [under, last] = [0, performance.now()];
  const ends = { done: 0, failed: 0, late: 0 };
  const told = (): void =>
    onWork?.(
      `answering: ${ends.done} answers${ends.failed > 0 ? `, ${ends.failed} failures` : ''}, ${under} under way`,
    );
  const watch = setInterval(() => {
    if (idle !== undefined && under === 0 && performance.now() - last > idle * 1000) ended.abort();
  }, 100);
  try {
    const byName = await modelsByName(stages, registry, open, onWork);
    options.onReady?.([...byName.keys()]);
    last = performance.now();
    const working = [...byName].map(([, { model, stage }]) =>
      answerQueued(model, queue, {
        signal,
        atOnce: atOnce ?? stage.at_once ?? 8,
        ...(stage.per_minute === undefined ? {} : { perMinute: stage.per_minute }),
        onBegin() {
          under += 1;
          told();
        },
        onEnd(end) {
          under -= 1;
          last = performance.now();
          ends[end] += 1;
          told();
        },
        onRetry: (error, seconds) =>
          onWarning?.(`${error.message}; asking again in ${seconds.toFixed(1)} s`),
      }),
    );
    // what ends one of them ends the others in good order
    await Promise.all(working.map((work) => work.finally(() => ended.abort())));
    const { done: answered, failed, late } = ends;
    return { models: [...byName.keys()], answered, failed, late };
  } finally {
    clearInterval(watch);
    await closeAll(queue, open);
  }
}

/** The stages that write data, every path and reference in its place. */
async function writingStages(
  source: RecipeInput | string,
  { overrides = [], onWork }: WorkerOptions,
): Promise<StageRecipe[]> {
  const { written, directory, recipe } = await readRecipe(source, { overrides });
  const placed = await withStagePlaces(written, { directory, onWork, onWarning: undefined });
  const stages = inherited(placed).filter(({ job }) => job === 'synthesize');
  requireStages(stages, typeof source === 'string' ? source : 'the recipe');
  const { directory: output } = runFolder(recipe.output);
  return stages.map((stage) => resolveReferences(stage, output));
}

/** Each model once, with the first stage that asks it. */
async function modelsByName(
  stages: readonly StageRecipe[],
  registry: Registry,
  open: Map<string, ChatModel>,
  onWork: WorkListener | undefined,
): Promise<Map<string, { model: ChatModel; stage: StageRecipe }>> {
  const found = new Map<string, { model: ChatModel; stage: StageRecipe }>();
  for (const stage of stages) {
    const models = await modelsOf(stage, registry, open, onWork);
    const each =
      typeof models.respond === 'function'
        ? [models as ChatModel]
        : Object.values(models as Record<string, ChatModel>);
    for (const model of each) {
      const known = found.get(model.name);
      if (known && known.model !== model) throw sameName(model.name);
      if (!known) found.set(model.name, { model, stage });
    }
  }
  return found;
}

async function closeAll(queue: JobQueue, open: ReadonlyMap<string, ChatModel>): Promise<void> {
  await queue.close();
  for (const model of open.values()) await model.close?.();
}

function sameName(name: string): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'same-name',
    message: `the recipe reaches "${name}" in two ways, which the queue cannot tell apart`,
    value: name,
    accepted: 'one way to reach a model of a name, or a recipe for each',
  });
}
