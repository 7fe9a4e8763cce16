import { batchInputs, logits, recordInputFeeds } from '@tunesmith/models';
import type {
  Batch,
  HooksFactory,
  ModelSpec,
  PlacedModel,
  RecordMeta,
  TokenSequence,
} from '@tunesmith/models';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';
import { composeHooks } from './compose-hooks.ts';
import type { AdapterSwitch } from './compose-hooks.ts';
import { adapterFeeds, recordInputs, virtualTokens } from './parameters.ts';

/**
 * Logits of a placed model with adapters, without training: for checks and comparisons, not for generation.
 *
 * @param options.ids rows of equal length; each row is one document
 * @param options.sources the encoder's rows in an encoder-decoder, of equal length; `ids` once more if absent
 * @param options.records the record of each row, where the adapters read of them
 * @returns `[rows, virtual + tokens, vocabulary]`, where the active prompts' virtual tokens stand first in every row; in an
 * encoder-decoder they stand before the sources
 */
export async function adapterLogits(options: {
  placed: PlacedModel;
  adapters: readonly AdapterSwitch[];
  ids: readonly (readonly number[])[];
  sources?: readonly (readonly number[])[];
  records?: readonly RecordMeta[];
}): Promise<HostTensor> {
  const { placed, adapters, ids, sources = ids, records: of = [] } = options;
  const { model, device } = placed;
  const active = adapters.filter((entry) => entry.active !== false).map((entry) => entry.adapter);
  const factory = composeHooks(adapters);
  const run = device.jit('adapter-logits', (tensors: TensorMap) => {
    const batch = promptedBatch(tensors);
    return { logits: logits(model, tensors, batch, factory(tensors, scopeOf(tensors, batch))) };
  });
  const { logits: result } = await run({
    ...placed.tensors,
    ...adapterFeeds(active),
    ...promptedFeeds(model.spec, { ids, sources }, virtualTokens(active)),
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
export function scopeOf(tensors: TensorMap, batch: Batch): Parameters<HooksFactory>[1] {
  const records = batchInputs(tensors, batch, batch.source);
  return { training: false, ...(records ? { records } : {}) };
}

/**
 * Rows of ids as a batch of whole documents, to be read by {@link promptedBatch}: `batch/…`, and `batch/source/…` in an
 * encoder-decoder, `[rows, virtual + tokens]` int32. The virtual tokens of the input stand first in every row (id 0, rows 0, 1,
 * …), of the source where there is one; positions are moved up by virtual keys.
 */
export function promptedFeeds(
  { kind }: Pick<ModelSpec, 'kind'>,
  rows: {
    readonly ids: readonly (readonly number[])[];
    readonly sources: readonly (readonly number[])[];
  },
  { input, keys }: { readonly input: number; readonly keys: number },
): Record<string, HostTensor> {
  return kind === 'encoder-decoder'
    ? {
        ...sequenceFeeds('batch/', rows.ids, { input: 0, keys }),
        ...sequenceFeeds('batch/source/', rows.sources, { input, keys: 0 }),
      }
    : sequenceFeeds('batch/', rows.ids, { input, keys });
}

/** The batch that {@link promptedFeeds} fed. */
export function promptedBatch(tensors: TensorMap): Batch {
  const sequence = (prefix: string): TokenSequence | undefined => {
    const [ids, positions, segmentIds, index] = [
      'ids',
      'positions',
      'segmentIds',
      'virtualTokenIds',
    ].map((name) => tensors[prefix + name]);
    if (!ids || !positions || !segmentIds) return undefined;
    return { ids, positions, segmentIds, ...(index ? { rows: { index } } : {}) };
  };
  const [tokens, source] = [sequence('batch/'), sequence('batch/source/')];
  if (!tokens) throw new Error('unreachable: the batch is always fed');
  return { ...tokens, ...(source ? { source } : {}) };
}

function sequenceFeeds(
  prefix: string,
  ids: readonly (readonly number[])[],
  virtual: { readonly input: number; readonly keys: number },
): Record<string, HostTensor> {
  const length = virtual.input + (ids[0]?.length ?? 0);
  const fill = (value: (row: readonly number[], column: number) => number): HostTensor => {
    const data = new Int32Array(ids.length * length);
    ids.forEach((row, r) => {
      for (let column = 0; column < length; column += 1)
        data[r * length + column] = value(row, column);
    });
    return { shape: [ids.length, length], dtype: 'int32', data };
  };
  const virtualTokenIds = {
    [`${prefix}virtualTokenIds`]: fill((_, column) => (column < virtual.input ? column : -1)),
  };
  return {
    [`${prefix}ids`]: fill((row, column) => row[column - virtual.input] ?? 0),
    [`${prefix}positions`]: fill((_, column) => column + virtual.keys),
    [`${prefix}segmentIds`]: fill(() => 1),
    ...(virtual.input > 0 ? virtualTokenIds : {}),
  };
}
