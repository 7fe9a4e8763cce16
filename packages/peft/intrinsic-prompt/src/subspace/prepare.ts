import type { Artifact, PrepareContext } from '@tunesmith/peft';
import type { HostTensor } from '@tunesmith/runtime';
import { invalidSubspace } from '../refuse.ts';
import type { SubspaceConfig } from './config.ts';

/**
 * The configuration with the prompts of the artifact `prompts`, in the order of their tasks' numbers.
 *
 * @throws TunesmithError `unknown-name` where the recipe names no such artifact; `invalid-subspace` where one is no prompt, or they
 * differ in size from one another, from the model or from what the recipe says
 */
export async function prepareSubspace(
  config: SubspaceConfig,
  { artifacts, model }: PrepareContext,
): Promise<SubspaceConfig> {
  const prompts = (await artifacts.all('prompts')).map(promptOf);
  const [count = 0] = prompts[0]?.shape ?? [];
  for (const [task, { shape }] of prompts.entries()) {
    if (shape[0] === count && shape[1] === model.spec.width) continue;
    throw invalidSubspace(
      `prompt ${task} of artifact "prompts" is [${shape.join(', ')}]`,
      task,
      `prompts of one size on this model, [${count}, ${model.spec.width}]`,
    );
  }
  const { virtual_tokens = null, tasks = null } = config;
  for (const [name, stated, found] of [
    ['virtual_tokens', virtual_tokens, count],
    ['tasks', tasks, prompts.length],
  ] as const) {
    if (stated === null || stated === found) continue;
    throw invalidSubspace(
      `${name} is ${stated}, and artifact "prompts" has ${found}`,
      stated,
      `${name}: ${found}, or nothing`,
    );
  }
  return { ...config, virtual_tokens: count, tasks: prompts.length, prompts };
}

function promptOf(artifact: Artifact, task: number): HostTensor {
  const tensors = artifact.kind === 'adapter' ? artifact.adapter.parameters : artifact.tensors;
  const { prompt_embeddings: prompt } = tensors;
  if (prompt?.shape.length === 2) return prompt;
  throw invalidSubspace(
    `artifact "prompts" holds no prompt at place ${task}`,
    artifact.kind === 'adapter' ? artifact.adapter.method.name : Object.keys(tensors),
    'adapters of the method prompt, one for each task',
  );
}
