import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors } from '../src/node/safetensors.ts';

/** Where the tiny checkpoints lie that transformers wrote, each with what it computed. */
export const checkpointFolder = fileURLToPath(new URL('./fixtures', import.meta.url));

/** Names of the checkpoints. */
export const checkpointNames: readonly string[] = readdirSync(checkpointFolder).toSorted();

/** One checkpoint: what went in, and what transformers made of it. */
export interface CheckpointFixture {
  readonly directory: string;
  readonly ids: readonly (readonly number[])[];
  readonly attentionMask?: readonly (readonly number[])[];
  readonly decoderIds?: readonly (readonly number[])[];
  /** `[rows, tokens]` with −100 where nothing is learned, or `[rows, 1]` of label numbers. */
  readonly labels: readonly (readonly number[])[];
  readonly logits: Float32Array;
  readonly kind: 'causal' | 'mlm' | 'seq2seq' | 'classify';
  readonly loss: number;
  /** Norm of the gradient of the loss over all parameters. */
  readonly gradientNorm: number;
}

/** Reads a checkpoint's inputs and expected outputs. */
export async function checkpointFixture(name: string): Promise<CheckpointFixture> {
  const directory = join(checkpointFolder, name);
  const { tensors: inputs } = await readSafetensors(join(directory, 'inputs.safetensors'));
  const { tensors: outputs } = await readSafetensors(join(directory, 'expected.safetensors'));
  const expected = JSON.parse(await readFile(join(directory, 'expected.json'), 'utf8')) as {
    kind: CheckpointFixture['kind'];
    loss: number;
    grad_norm: number;
  };
  const rows = (tensor: string): number[][] | undefined => {
    const found = inputs[tensor];
    if (!found) return undefined;
    const [count, width = 1] = found.shape as [number, number?];
    const values = Array.from(found.data as ArrayLike<number | bigint>, Number);
    return Array.from({ length: count }, (_, i) => values.slice(i * width, (i + 1) * width));
  };
  const [attentionMask, decoderIds] = [rows('attention_mask'), rows('decoder_input_ids')];
  return {
    directory,
    ids: rows('input_ids')!,
    ...(attentionMask ? { attentionMask } : {}),
    ...(decoderIds ? { decoderIds } : {}),
    labels: rows('labels')!,
    logits: Float32Array.from(outputs['logits']!.data as Float32Array),
    kind: expected.kind,
    loss: expected.loss,
    gradientNorm: expected.grad_norm,
  };
}
