import { tf, type HostTensor } from '@tunesmith/runtime';
import type { HooksFactory } from '../src/hooks.ts';
import type { ModelSpec } from '../src/model.ts';
import { readSafetensors } from '../src/node/safetensors.ts';
import { toHostTensor } from '../src/safetensors/format.ts';
import { peftFixture } from './fixtures.ts';

/** The `prompt_embeddings` of a prompt adapter's fixture. */
export async function promptEmbeddings(fixture: string): Promise<Record<string, HostTensor>> {
  const { tensors } = await readSafetensors(`${peftFixture(fixture)}/adapter_model.safetensors`);
  return { 'adapter/prompt': toHostTensor(tensors['prompt_embeddings']!, 'prompt_embeddings') };
}

/** Prompt tuning: the rows of the prompt take the places of virtual tokens. */
export const promptTuning: HooksFactory = (tensors) => ({
  embeddingRows: () => tensors['adapter/prompt']!,
});

/** Prefix tuning: `[n, layers · 2 · kvHeads · headDim]`, key and value of each layer in turn. */
export function prefixTuning(spec: ModelSpec): HooksFactory {
  return (tensors) => ({
    attention(site, call) {
      const { kvHeads, headDim } = site;
      const n = tensors['adapter/prompt']!.shape[0]!;
      const prompt = tf.reshape(tensors['adapter/prompt']!, [n, spec.layers * 2, kvHeads, headDim]);
      const part = (i: number): tf.Tensor =>
        tf.reshape(tf.slice(prompt, [0, site.layer * 2 + i, 0, 0], [n, 1, kvHeads, headDim]), [
          n,
          kvHeads,
          headDim,
        ]);
      return { ...call, prefix: { key: part(0), value: part(1) } };
    },
  });
}
