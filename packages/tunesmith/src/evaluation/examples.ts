import type { Evaluation, InstanceResult, PromptEncoder } from '@tunesmith/evaluation';
import type { LanguageModel } from '@tunesmith/models';
import type { Instance } from '@tunesmith/schema';
import { primaryMeasure } from '@tunesmith/evaluation';

/** A held-out prompt and what a model answered to it: the text it wrote, or the choice it found likeliest. */
export interface WrittenAnswer {
  id: string;
  task?: string;
  prompt: string;
  expected: string;
  answer: string;
  /** What the task's main measure says of it, and whether that is as good as can be; absent where nothing scored it. */
  score?: number;
  right?: boolean;
}

/** Instances to show: one of each task in turn, in order, until there are `count`. */
export function pickExamples(instances: readonly Instance[], count: number): Instance[] {
  const tasks = new Map<string, Instance[]>();
  for (const instance of instances) {
    const task = instance.meta?.task ?? '';
    if (!tasks.get(task)?.push(instance)) tasks.set(task, [instance]);
  }
  const picked: Instance[] = [];
  for (let round = 0; picked.length < count; round++) {
    const row = [...tasks.values()].flatMap((own) => own.slice(round, round + 1));
    if (row.length === 0) break;
    picked.push(...row);
  }
  return picked.slice(0, count);
}

/** The answers that an evaluation has seen, one of each task in turn, until there are `count`. */
export function answersOf(
  { instances: results, measures }: Evaluation,
  instances: readonly Instance[],
  count: number,
): WrittenAnswer[] {
  const answered = new Map<string, InstanceResult>();
  for (const result of results)
    if (result.prediction !== undefined) answered.set(result.id, result);
  const shown = pickExamples(
    instances.filter(({ id }) => answered.has(id)),
    count,
  );
  return shown.map((instance) => {
    const { prediction = '', observations } = answered.get(instance.id)!;
    const main = primaryMeasure(observations);
    const [observation, measure] = [observations[main], measures[main]];
    const score = observation && observation.total / observation.weight;
    const best = measure && (measure.higherIsBetter ? measure.range[1] : measure.range[0]);
    return {
      ...told(instance, prediction),
      ...(score === undefined ? {} : { score, right: score === best }),
    };
  });
}

/** The greedy answers of a model to some instances. */
export async function writeAnswers(
  instances: readonly Instance[],
  options: {
    languageModel: LanguageModel;
    encoder: PromptEncoder;
    maxNewTokens: number;
    signal?: AbortSignal;
  },
): Promise<WrittenAnswer[]> {
  const { languageModel, encoder, maxNewTokens, signal } = options;
  if (instances.length === 0) return [];
  const prompts = instances.map((instance) => encoder.prompt(instance));
  const answers = await languageModel.generate(prompts, {
    maximumTokens: maxNewTokens,
    stopIds: encoder.endIds ?? [],
    records: instances,
    ...(signal ? { signal } : {}),
  });
  return instances.map((instance, index) => told(instance, answers[index]?.text.trim() ?? ''));
}

function told({ id, instruction, input, output, meta }: Instance, answer: string): WrittenAnswer {
  return {
    id,
    prompt: input ? `${instruction}\n\n${input}` : instruction,
    expected: output,
    answer,
    ...(meta?.task === undefined ? {} : { task: meta.task }),
  };
}
