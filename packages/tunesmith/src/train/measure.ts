import {
  evaluate,
  type EvaluateEvent,
  type Evaluation,
  type MeasuringObjective,
} from '@tunesmith/evaluation';
import type { LanguageModel } from '@tunesmith/models';
import type { EvaluationEvent, PromptTemplate, Recipe } from '@tunesmith/schema';
import { prepareData, type EvaluationPlan, type RowSource } from '@tunesmith/trainer';
import {
  answersOf,
  pickExamples,
  writeAnswers,
  type WrittenAnswer,
} from '../evaluation/examples.ts';
import { checkAnswer } from '../memory.ts';
import type { ShownSets } from '../evaluation/shown-sets.ts';
import { withLanguageModel } from '../session-model.ts';
import type { Session } from '../session.ts';
import { withObjective } from '../evaluation/by-objective.ts';
import type { RunPlan } from './plan.ts';
import { preparing } from './rows.ts';

/** How many answers of the evaluation are kept to look at. */
const keptAnswers = 200;
/** How many prompts are answered to be shown, where the evaluation itself asks for no answers. */
const shownAnswers = 6;

/** What a model can do at one moment of a run: its scores, and answers to look at. */
export interface Measured {
  evaluation: Evaluation;
  answers: WrittenAnswer[];
}

/** What is measured, how, and with which plugins and tokenizer. */
export interface Measuring {
  recipe: Pick<Recipe, 'evaluation'>;
  sets: ShownSets;
  session: Pick<Session, 'registry' | 'tokenizer' | 'placement' | 'device'>;
}

/** Measures a model on everything the recipe names, with intervals, and lets it answer a few prompts. */
export async function measureModel(
  { recipe, sets, session }: Measuring,
  languageModel: LanguageModel,
  options: {
    onEvent?: (event: EvaluateEvent) => void;
    signal?: AbortSignal;
    /** What a model that writes no text is measured by. */
    objective?: MeasuringObjective;
  },
): Promise<Measured> {
  const maxNewTokens = recipe.evaluation.max_new_tokens;
  checkAnswer({
    spec: languageModel.model.spec,
    maximumTokens: maxNewTokens,
    prompts: sets.instances.length,
    precision: session.placement.precision,
    copies: session.device.opensAxes ?? false,
  });
  const signal = options.signal ? { signal: options.signal } : {};
  const evaluation = await evaluate({
    languageModel: options.objective
      ? { ...languageModel, objective: options.objective }
      : languageModel,
    encoder: sets.encoder,
    tasks: sets.tasks,
    metrics: session.registry.all('metric'),
    maxNewTokens,
    ...(recipe.evaluation.limit === undefined ? {} : { limit: recipe.evaluation.limit }),
    ...(options.onEvent ? { onEvent: options.onEvent } : {}),
    ...signal,
  });
  const seen = answersOf(evaluation, sets.instances, keptAnswers);
  if (seen.length > 0 || !session.tokenizer) return { evaluation, answers: seen };
  const answers = await writeAnswers(pickExamples(sets.instances, shownAnswers), {
    languageModel,
    encoder: sets.encoder,
    maxNewTokens,
    ...signal,
  });
  return { evaluation, answers };
}

/**
 * Measures the model of a session with its adapters: by what it writes, or by the run's objective where it writes no text.
 *
 * @param of.template turns instances into conversations
 */
export async function measureSession(
  of: Measuring & { readonly recipe: Recipe; readonly template: PromptTemplate },
  session: Session,
  options: { onEvent?: (event: EvaluateEvent) => void; signal?: AbortSignal },
  adapters = session.adapters,
): Promise<Measured> {
  const { sources } = of.sets;
  return withLanguageModel(
    session,
    async (languageModel) => {
      if (!sources) return measureModel(of, languageModel, options);
      const { objective } = preparing({ ...of, session, adapters });
      const placed = await session.placement.get();
      const { seed } = of.recipe;
      return withObjective({ placed, objective, adapters, sources, seed }, (measuring) =>
        measureModel(of, languageModel, { ...options, objective: measuring }),
      );
    },
    adapters,
  );
}

/** An evaluation as events of a run, one a task. */
export function evaluationEvents(
  evaluation: Evaluation,
  phase: 'before' | 'after',
  step: number,
): EvaluationEvent[] {
  return evaluation.tasks.map(({ name, cluster, scores }) => ({
    type: 'evaluation',
    phase,
    step,
    task: name,
    scores,
    ...(cluster === undefined ? {} : { cluster }),
  }));
}

/**
 * The measuring that happens during training: the objective's loss and sums over each held-out set, on the compiled step. Their
 * mean loss decides which checkpoint is best.
 */
export async function measuringPlan(plan: RunPlan): Promise<EvaluationPlan | undefined> {
  const { evaluation } = plan.recipe;
  if (evaluation.every === 0 || plan.sets.records.size === 0) return undefined;
  const sources = new Map<string, RowSource>();
  for (const [name, records] of plan.sets.records) {
    sources.set(name, (await prepareData(records, plan.prepare)).source);
  }
  return {
    every: evaluation.every,
    keepBest: evaluation.keep_best,
    data: Object.fromEntries(
      [...sources].map(([name, source]) => [name, { ...source.fingerprint() }]),
    ),
    ...(evaluation.early_stopping ? { earlyStopping: evaluation.early_stopping } : {}),
    async run(context) {
      const results: Pick<EvaluationEvent, 'task' | 'scores'>[] = [];
      let total = 0;
      let all = 0;
      for (const [task, source] of sources) {
        const { loss, means, unit, n } = await context.measure(source);
        const prefix = unit === 'token' ? 'token-' : '';
        const measured = Object.entries(means).map(([name, value]) => [
          `${prefix}${name}`,
          { value, n },
        ]);
        results.push({
          task,
          scores: { loss: { value: loss, n }, ...Object.fromEntries(measured) },
        });
        total += loss * n;
        all += n;
      }
      return { results, watch: { metric: 'held-out loss', value: total / all } };
    },
  };
}
