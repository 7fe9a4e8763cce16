import { batchInputs, logits, recordInputFeeds } from '@tunesmith/models';
import type { HooksFactory, PlacedModel, RecordMeta, TokenSequence } from '@tunesmith/models';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { composeHooks } from './compose-hooks.ts';
import type { AdapterSwitch } from './compose-hooks.ts';
import { adapterFeeds, recordInputs, virtualTokens } from './parameters.ts';

/**
 * Logits of a placed model with adapters, without training: for checks and comparisons, not for generation.
 *
 * @param options.ids rows of equal length; each row is one document
 * @param options.records the record of each row, where the adapters read of them
 * @returns `[rows, virtual + tokens, vocabulary]`, where the active prompts' virtual tokens stand first in every row
 */
export async function adapterLogits(options: {
  placed: PlacedModel;
  adapters: readonly AdapterSwitch[];
  ids: readonly (readonly number[])[];
  records?: readonly RecordMeta[];
}): Promise<HostTensor> {
  const { placed, adapters, ids, records: of = [] } = options;
  const { model, device } = placed;
  const active = adapters.filter((entry) => entry.active !== false).map((entry) => entry.adapter);
  const factory = composeHooks(adapters);
  const run = device.jit('adapter-logits', (inputs: TensorMap) => {
    const { ids: tokens, positions, segmentIds, virtualTokenIds, ...tensors } = inputs;
    if (!tokens || !positions || !segmentIds)
      throw new Error('unreachable: the batch is always fed');
    const batch = {
      ids: tokens,
      positions,
      segmentIds,
      ...(virtualTokenIds ? { rows: { index: virtualTokenIds } } : {}),
    };
    return { logits: logits(model, tensors, batch, factory(tensors, scopeOf(tensors, batch))) };
  });
  const { logits: result } = await run({
    ...placed.tensors,
    ...adapterFeeds(active),
    ...promptedBatch(ids, virtualTokens(active)),
    ...recordInputFeeds(
      recordInputs(active),
      ids.map((_, row) => [of[row]]),
      1,
    ),
  });
  if (!result) throw new Error('unreachable: the function returns logits');
  const host = await device.read(result);
  result.dispose();
  await run.dispose();
  return host;
}

/** The scope of hooks over a batch that is not trained on, with what was fed of its records. */
export function scopeOf(
  tensors: TensorMap,
  batch: Pick<TokenSequence, 'ids' | 'segmentIds'>,
): Parameters<HooksFactory>[1] {
  const records = batchInputs(tensors, batch);
  return { training: false, ...(records ? { records } : {}) };
}

/**
 * Rows of ids as one batch of whole documents, with the virtual tokens of the input first in every row (id 0, slots 0, 1,
 * …) and positions moved up by virtual keys. All `[rows, virtual + tokens]` int32.
 */
export function promptedBatch(
  ids: readonly (readonly number[])[],
  virtual: { readonly input: number; readonly keys: number },
): Record<'ids' | 'positions' | 'segmentIds', HostTensor> & { virtualTokenIds?: HostTensor } {
  const length = virtual.input + (ids[0]?.length ?? 0);
  const fill = (value: (row: readonly number[], column: number) => number): HostTensor => {
    const data = new Int32Array(ids.length * length);
    ids.forEach((row, r) => {
      for (let column = 0; column < length; column += 1)
        data[r * length + column] = value(row, column);
    });
    return { shape: [ids.length, length], dtype: 'int32', data };
  };
  return {
    ids: fill((row, column) => row[column - virtual.input] ?? 0),
    positions: fill((_, column) => column + virtual.keys),
    segmentIds: fill(() => 1),
    ...(virtual.input > 0
      ? { virtualTokenIds: fill((_, column) => (column < virtual.input ? column : -1)) }
      : {}),
  };
}
