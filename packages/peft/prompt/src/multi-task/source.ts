import type { Artifact, PrepareContext } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { withTextTokens } from '../prompt/text.ts';
import { invalidPrompt } from '../room.ts';
import type { MultiTaskConfig, MultiTaskTensors } from './config.ts';

const artifactName = 'source';

/** Whether a prompt starts from one of several tasks. */
export function startsFromSource({ init }: MultiTaskConfig): boolean {
  return ['average-source-tasks', 'exact-source-task', 'only-source-shared'].includes(init);
}

/**
 * The configuration with its text's tokens, or with the tensors of the artifact `source`.
 *
 * @throws TunesmithError `unknown-name` where the recipe names no such artifact, `invalid-prompt` where it is no multi-task prompt
 * or does not fit
 */
export async function prepareMultiTask(
  config: MultiTaskConfig,
  { model, tokenizer, artifacts }: PrepareContext,
): Promise<MultiTaskConfig> {
  if (!startsFromSource(config)) return withTextTokens(config, tokenizer);
  withTextTokens(config, tokenizer);
  const { init, tasks, virtual_tokens: count, ranks, source_task: task } = config;
  if (init !== 'only-source-shared' && tasks !== 1)
    throw invalidPrompt(
      `init is "${init}", and the prompt is for ${tasks} tasks`,
      tasks,
      'tasks: 1, the task to learn',
    );
  const source = tensorsOf(await artifacts.get(artifactName));
  const [found = 0, width] = source.prompt_embeddings.shape;
  const [sourceTasks = 0, , sourceRanks] = source.prefix_task_cols.shape;
  if (found !== count || width !== model.spec.width)
    throw invalidPrompt(
      `artifact "${artifactName}" has a prompt [${found}, ${width}]`,
      found,
      `[${count}, ${model.spec.width}], as this model and virtual_tokens say`,
    );
  if (init !== 'only-source-shared' && sourceRanks !== ranks)
    throw invalidPrompt(
      `artifact "${artifactName}" has factors of rank ${sourceRanks}, and ranks is ${ranks}`,
      ranks,
      `ranks: ${sourceRanks}`,
    );
  if (init === 'exact-source-task' && task >= sourceTasks)
    throw invalidPrompt(
      `source_task is ${task}, and artifact "${artifactName}" has ${sourceTasks} tasks`,
      task,
      `0 to ${sourceTasks - 1}`,
    );
  return { ...config, source };
}

function tensorsOf(artifact: Artifact): MultiTaskTensors {
  const tensors = artifact.kind === 'adapter' ? artifact.adapter.parameters : artifact.tensors;
  const {
    prompt_embeddings: prompt,
    prefix_task_cols: cols,
    prefix_task_rows: rows,
  } = tensors as Partial<MultiTaskTensors>;
  if (!prompt || !cols || !rows || cols.shape.length !== 3)
    throw invalidPrompt(
      `artifact "${artifactName}" is no prompt of several tasks`,
      artifact.kind === 'adapter' ? artifact.adapter.method.name : Object.keys(tensors),
      'an adapter of multi-task-prompt-tuning',
    );
  return { prompt_embeddings: prompt, prefix_task_cols: cols, prefix_task_rows: rows };
}

/** The factors `[1, …]` that a target task starts with: the mean over source tasks, or those of one. */
export function startingFactors(
  { init, source_task: task }: MultiTaskConfig,
  { shape, data }: HostTensor,
): Float32Array {
  const tasks = shape[0]!;
  const size = data.length / tasks;
  if (init === 'exact-source-task')
    return Float32Array.from(data.subarray(task * size, (task + 1) * size));
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let one = 0; one < tasks; one += 1) sum += data[one * size + i]!;
    return sum / tasks;
  });
}
