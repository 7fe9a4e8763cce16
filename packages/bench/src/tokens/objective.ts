import { loadModel, loadTokenizer } from '@tunesmith/models/node';
import { createObjective, noVirtualTokens, type Objective } from '@tunesmith/trainer';

/** Next-token prediction on all answers, for the model in a folder. */
export async function objectiveOf(folder: string, maximumLength: number): Promise<Objective> {
  return createObjective('causal-lm', {
    model: await loadModel(folder),
    tokenizer: await loadTokenizer(folder),
    maximumLength,
    virtualTokens: noVirtualTokens,
  });
}
