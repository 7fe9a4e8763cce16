import { loadModel } from '@tunesmith/models/node';
import type { Model } from '@tunesmith/models';

/** Folder of the adapters that Hugging Face PEFT wrote, and of their base models. */
export const peftFixtures = new URL('../../../../testing/fixtures/peft/', import.meta.url).pathname;

/** A tiny base model: two layers, width 16, 64 tokens. */
export function baseModel(name: 'llama' | 'gpt2' | 'qwen2'): Promise<Model> {
  return loadModel(`${peftFixtures}base_${name}`);
}
