import { lora } from '@tunesmith/lora';
import { initializeParameters, llama, memoryWeights, type Model } from '@tunesmith/models';
import { createAdapter, type Adapter } from '@tunesmith/peft';
import type { JobExample } from './job.ts';
import { configuration, loraConfig } from './job.ts';

/** The model with random weights, and a fresh LoRA adapter on it. */
export async function modelWithAdapter(): Promise<{ model: Model; adapter: Adapter }> {
  const spec = llama.spec(configuration);
  const model = {
    spec,
    architecture: llama,
    weights: memoryWeights(initializeParameters(spec, 0)),
  };
  return {
    model,
    adapter: (await createAdapter({ model, method: lora, config: loraConfig, seed: 0 })) as Adapter,
  };
}

/** Examples as records that are tokens already. */
export function records(
  examples: readonly JobExample[],
): { id: string; input_ids: number[]; labels: number[] }[] {
  return examples.map((example, index) => ({ id: `example-${index}`, ...example }));
}
