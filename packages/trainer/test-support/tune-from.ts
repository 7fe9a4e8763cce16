import { lora } from '@tunesmith/lora';
import { loadModel } from '@tunesmith/models';
import { createAdapter, loadAdapter, saveAdapter, type PeftMethod } from '@tunesmith/peft';
import type { Device } from '@tunesmith/runtime';
import type { Files, Tokenized } from '@tunesmith/schema';
import { memoryCheckpoints, train } from '../src/index.ts';

/**
 * Tunes a model with LoRA by first entries alone, interrupted in the middle, and keeps the adapter.
 *
 * @param model the base's folder
 * @param kept where the adapter is written
 * @returns the loss of each of four steps, and the trained numbers as they were read back
 */
export async function tuneFrom(
  model: Files,
  kept: Files,
  device: Device,
): Promise<{ losses: number[]; numbers: number[] }> {
  const base = await loadModel(model);
  const adapter = await createAdapter({ model: base, method: lora, config: { r: 2 }, seed: 1 });
  const data = Array.from({ length: 6 }, (_, row): Tokenized => {
    const ids = Array.from({ length: 9 }, (__, place) => 3 + ((row * 7 + place * 5) % 60));
    return { id: `${row}`, input_ids: ids, labels: ids };
  });
  const checkpoints = memoryCheckpoints();
  const losses: number[] = [];
  const run = (resume: boolean, signal?: AbortController) =>
    train({
      model: base,
      adapters: [adapter],
      data,
      device,
      checkpoints,
      resume,
      seed: 3,
      training: { steps: 4, batch_size: 2, max_length: 16, optimizer: { learning_rate: 0.01 } },
      ...(signal ? { signal: signal.signal } : {}),
      onEvent(event) {
        if (event.type !== 'step') return;
        losses.push(event.loss);
        if (event.step === 2) signal?.abort();
      },
    });
  await run(false, new AbortController());
  const { adapters } = await run(true);
  await saveAdapter(kept, adapters[0]!, { baseModel: 'base', model: base });
  const methods = [lora as unknown as PeftMethod];
  const { parameters } = await loadAdapter(kept, { model: base, methods });
  return { losses, numbers: Object.values(parameters).flatMap(({ data: all }) => [...all]) };
}
