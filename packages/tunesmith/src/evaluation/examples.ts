import type { LanguageModel } from '@tunesmith/models';
import type { PromptEncoder } from '@tunesmith/evaluation';
import type { Instance } from '@tunesmith/schema';

/** A held-out prompt and the answer a model wrote to it. */
export interface WrittenAnswer {
  id: string;
  task?: string;
  prompt: string;
  expected: string;
  answer: string;
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
    ...(signal ? { signal } : {}),
  });
  return instances.map(({ id, instruction, input, output, meta }, index) => ({
    id,
    prompt: input ? `${instruction}\n\n${input}` : instruction,
    expected: output,
    answer: answers[index]?.text.trim() ?? '',
    ...(meta?.task === undefined ? {} : { task: meta.task }),
  }));
}
