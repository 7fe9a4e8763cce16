import { join } from 'node:path';
import { toHostTensor } from '@tunesmith/models';
import { readSafetensors } from '@tunesmith/models/node';
import type { HostTensor } from '@tunesmith/runtime';

/** What another program computed with an adapter. */
export interface ExpectedLogits {
  /** Rows of token ids. */
  readonly ids: readonly (readonly number[])[];
  /** `[rows, virtual + tokens, vocabulary]` with the adapter. */
  readonly logits: HostTensor;
  /** `[rows, tokens, vocabulary]` without it, where that was kept. */
  readonly baseLogits?: HostTensor;
}

/** Reads a safetensors file with `input_ids` `[rows, tokens]`, `logits` and perhaps `base_logits`. */
export async function readExpectedLogits(folder: string, file: string): Promise<ExpectedLogits> {
  const { tensors } = await readSafetensors(join(folder, file));
  const read = (name: string): HostTensor => {
    const tensor = tensors[name];
    if (!tensor) throw new RangeError(`${join(folder, file)} has no tensor "${name}"`);
    return toHostTensor(tensor, name);
  };
  const { shape, data } = read('input_ids');
  const [rows = 0, length = 0] = shape;
  const ids = Array.from({ length: rows }, (_, row) =>
    Array.from(data.subarray(row * length, (row + 1) * length)),
  );
  const baseLogits = tensors['base_logits'] ? { baseLogits: read('base_logits') } : {};
  return { ids, logits: read('logits'), ...baseLogits };
}
