import { lora } from '@tunesmith/lora';
import { largestWeight } from '@tunesmith/kernels';
import { initializeParameters, int8Parameters, llama, type Model } from '@tunesmith/models';
import { createAdapter, type Adapter } from '@tunesmith/peft';
import type { Device } from '@tunesmith/runtime';
import type { JobExample } from './job.ts';
import { configuration, loraConfig } from './job.ts';

/** The model with random weights, and a fresh LoRA adapter on it. */
export function modelWithAdapter(): { model: Model; adapter: Adapter } {
  const spec = llama.spec(configuration);
  const model = { spec, architecture: llama, parameters: initializeParameters(spec, 0) };
  return {
    model,
    adapter: createAdapter({ model, method: lora, config: loraConfig, seed: 0 }) as Adapter,
  };
}

/** Examples as records that are tokens already. */
export function records(
  examples: readonly JobExample[],
): { id: string; input_ids: number[]; labels: number[] }[] {
  return examples.map((example, index) => ({ id: `example-${index}`, ...example }));
}

/** {@link modelWithAdapter} with the frozen linear maps in a precision. Random weights have nothing to be smoothed by. */
export async function contestant(
  device: Device,
  precision: string | undefined,
): Promise<{ model: Model; adapter: Adapter }> {
  const { model, adapter } = modelWithAdapter();
  if (precision !== 'int8') return { model, adapter };
  const parameters = int8Parameters(model, { largest: await largestWeight(device) });
  return { model: { ...model, parameters }, adapter };
}
