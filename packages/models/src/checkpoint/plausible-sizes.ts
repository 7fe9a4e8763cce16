import { elementCount } from '../safetensors/format.ts';
import { modelsError } from '../errors.ts';
import type { CheckpointInventory } from './inventory.ts';

/** Keys that count parts of a model, each of which has at least one tensor. */
const counts = [
  'num_hidden_layers',
  'num_layers',
  'num_decoder_layers',
  'n_layer',
  'n_layers',
  'n_routed_experts',
];

/** Keys that are sizes of tensors. */
const sizes = [
  'vocab_size',
  'hidden_size',
  'intermediate_size',
  'moe_intermediate_size',
  'num_attention_heads',
  'num_key_value_heads',
  'head_dim',
  // The experts of a layer may lie in one tensor.
  'num_experts',
  'num_local_experts',
  'n_embd',
  'n_head',
  'n_inner',
  'n_positions',
  'd_model',
  'd_ff',
];

/**
 * Refuses a configuration that names more layers than a checkpoint has tensors, or sizes above all of its numbers: before
 * anything is built that is as large as the configuration says.
 *
 * @throws TunesmithError `checkpoint-mismatch` naming the key
 */
export function checkSizes(
  file: string,
  configuration: Readonly<Record<string, unknown>>,
  inventory: CheckpointInventory,
): void {
  const tensors = inventory.tensors.size;
  let numbers = 0;
  for (const [name, file] of inventory.tensors) {
    numbers += elementCount(file.entries.get(name)?.shape ?? []);
  }
  const check = (keys: readonly string[], most: number, what: string): void => {
    for (const key of keys) {
      const value = configuration[key];
      if (typeof value !== 'number' || value <= most) continue;
      throw modelsError({
        code: 'checkpoint-mismatch',
        message: `${file}: "${key}" is ${value}, and the weights hold ${most} ${what}`,
        value,
        accepted: `at most ${most}`,
      });
    }
  };
  check(counts, tensors, 'tensors');
  check(sizes, numbers, 'numbers');
}
