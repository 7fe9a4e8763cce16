import { tf, type HostTensor } from '@tunesmith/runtime';
import { bindModel, checkIds } from '../language-model/bound.ts';
import {
  createLayout,
  layoutFeeds,
  noVirtualTokens,
  placeDocument,
} from '../language-model/layout.ts';
import type { Model } from '../model.ts';
import type { LinearSite } from '../sites.ts';
import { int8Sites } from './int8.ts';
import type { PlacedModel } from './place.ts';

/** A sequence that the model is run on to see how large its inputs get. */
export interface CalibrationRow {
  readonly ids: ArrayLike<number>;
  /** Positions; counted from 0 where absent. */
  readonly positions?: ArrayLike<number>;
  /** Documents of a packed row, from 1; 0 is left out of the maxima. One document where absent. */
  readonly segmentIds?: ArrayLike<number>;
  /** What the encoder reads, in an encoder-decoder. */
  readonly source?: CalibrationRow;
}

/** Maps that read one tensor, and so share what it is multiplied by before it is rounded. */
type Group = readonly LinearSite[];

/**
 * What the inputs of each linear map are multiplied by, channel by channel, before they are rounded to integers (SmoothQuant):
 * `smoothing_j = max|w_j|^(1−α) / max|x_j|^α`, with maxima over the tokens of `rows` and over all maps that read the same tensor.
 * Large input channels shrink and their weights grow by as much, so that neither side's few large numbers set the step of all.
 *
 * @param placed the model in float32: the maxima are those of a forward pass over `rows`
 * @param rows a few sequences like those that the model will see
 * @returns one `[in]` tensor for each weight, by its name; weights of one group have the very same tensor
 * @see Xiao et al., SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models, 2023
 */
export async function smoothingOf(
  placed: PlacedModel,
  rows: readonly CalibrationRow[],
  {
    alpha = 0.5,
  }: {
    /** 0 leaves inputs to the weights' maxima, 1 takes all the difference out of them. */
    readonly alpha?: number;
  } = {},
): Promise<ReadonlyMap<string, HostTensor>> {
  const { model, device } = placed;
  const sites = new Set(int8Sites(model.spec).map(({ name }) => name));
  const readers = new Map<tf.Tensor, LinearSite[]>();
  const bound = bindModel({
    placed,
    hooksFrom: () => ({
      linear(site, x, next) {
        if (sites.has(site.name)) readers.set(x, [...(readers.get(x) ?? []), site]);
        return next(x);
      },
    }),
  });
  const groups = new Map<string, Group>();
  const measure = bound.compile('models.smoothing', ({ tensors, forward }) => {
    readers.clear();
    forward();
    // A source is never as long as its target here, so that lengths tell whose tokens a map reads.
    const seenBy = (x: tf.Tensor): tf.Tensor => {
      const own = tensors['input:segmentIds']!;
      const segments = x.shape[1] === own.shape[1] ? own : tensors['input:source:segmentIds']!;
      return tf.cast(tf.reshape(tf.greater(segments, 0), [-1, 1]), 'float32');
    };
    const outputs: Record<string, tf.Tensor> = {};
    for (const [x, group] of readers) {
      const { weight, in: width } = group[0]!;
      groups.set(weight, group);
      const inputs = tf.max(tf.mul(tf.abs(tf.reshape(x, [-1, width])), seenBy(x)), 0);
      const weights = group
        .map((site) => tf.max(tf.abs(tensors[site.weight]!), site.layout === 'out_in' ? 0 : 1))
        .reduce((most, each) => tf.maximum(most, each));
      outputs[weight] = tf.stack([inputs, weights]); // [2, in]
    }
    readers.clear();
    return outputs;
  });
  const length = Math.max(...rows.map(({ ids }) => ids.length));
  const sources = rows.flatMap(({ source }) => (source ? [source] : []));
  const sourceLength = Math.max(0, ...sources.map(({ ids }) => ids.length));
  const maxima = await measure({
    ...calibrationFeeds(model, rows, length, ''),
    ...(sources.length === 0
      ? {}
      : calibrationFeeds(
          model,
          sources,
          sourceLength === length ? length + 1 : sourceLength,
          'source:',
        )),
  });
  await bound.dispose();
  const smoothing = new Map<string, HostTensor>();
  for (const [first, handle] of Object.entries(maxima)) {
    const { data } = await device.read(handle);
    handle.dispose();
    const tensor = smooth(data as Float32Array, alpha);
    for (const { weight } of groups.get(first)!) smoothing.set(weight, tensor);
  }
  return smoothing;
}

/** Feeds of rows of one length, of the sequence whose inputs begin with `prefix`. */
export function calibrationFeeds(
  model: Model,
  rows: readonly CalibrationRow[],
  length: number,
  prefix: '' | 'source:',
): Record<string, HostTensor> {
  const layout = createLayout(rows.length, length);
  rows.forEach((row, index) => {
    const { positions, segmentIds } = row;
    const ids = Array.from(row.ids);
    checkIds(model, ids, `calibration row ${index}`);
    const start = index * length;
    placeDocument(layout, start, ids, 1, noVirtualTokens);
    if (positions) layout.positions.set(positions, start);
    if (segmentIds) layout.segmentIds.set(segmentIds, start);
  });
  return layoutFeeds(layout, noVirtualTokens, prefix);
}

/** From the maxima of inputs and weights, `[2, in]`. A channel that was never seen, or that no weight reads, stays as it is. */
function smooth(maxima: Float32Array, alpha: number): HostTensor {
  const width = maxima.length / 2;
  const data = Float32Array.from({ length: width }, (_, j) => {
    const x = maxima[j]!;
    const w = maxima[width + j]!;
    return x > 0 && w > 0 ? w ** (1 - alpha) / x ** alpha : 1;
  });
  return { dtype: 'float32', shape: [width], data };
}
