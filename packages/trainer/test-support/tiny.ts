import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initializeParameters, llama, memoryWeights } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';

/** A two-layer llama with fresh weights, small enough to train in a test. */
export function tinyLlama(
  options: { vocabulary?: number; tied?: boolean; positions?: number } = {},
): Model {
  const spec = llama.spec({
    model_type: 'llama',
    hidden_size: 16,
    intermediate_size: 24,
    num_hidden_layers: 2,
    num_attention_heads: 4,
    num_key_value_heads: 2,
    vocab_size: options.vocabulary ?? 32,
    max_position_embeddings: options.positions ?? 64,
    rms_norm_eps: 1e-6,
    rope_theta: 10_000,
    hidden_act: 'silu',
    tie_word_embeddings: options.tied ?? true,
    initializer_range: 0.1,
  });
  return { spec, architecture: llama, weights: memoryWeights(initializeParameters(spec, 7)) };
}

/** A new folder of the system's temporary ones. */
export function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'tunesmith-trainer-'));
}

/** A file of uint16 ids in which the next token mostly follows from the last: something to learn. */
export async function countingStream(
  folder: string,
  tokens: number,
  vocabulary = 32,
): Promise<string> {
  const ids = Uint16Array.from(
    { length: tokens },
    (_, i) => (i * 3 + (i % 7 === 0 ? 1 : 0)) % vocabulary,
  );
  const path = join(folder, 'tokens.bin');
  await writeFile(path, ids);
  return path;
}
