import { tf, type TensorMap } from '@tunesmith/runtime';
import { encodeTexts } from '../forward/encode-texts.ts';
import type { PlacedModel } from '../weights/place.ts';
import { checkIds } from './bound.ts';
import { bucketLength, powerOfTwo } from './buckets.ts';

/** Turns texts into vectors. */
export interface MeanStates {
  /**
   * The mean of each text's last hidden states, scaled to length 1; zeros for a text without tokens.
   *
   * @param texts token ids, as the tokenizer encodes texts
   */
  (texts: readonly (readonly number[])[]): Promise<Float32Array[]>;
  /** Gives back what was compiled. */
  dispose(): Promise<void>;
}

/** Texts that go through the model together. */
const batchSize = 32;

/**
 * Vectors of texts as sentence encoders make them: v = Σₜ hₜ / tokens, v / ‖v‖, over the last hidden states h of a decoder or an
 * encoder, or of the encoder of an encoder-decoder ({@link encodeTexts}). Texts of like length are computed together. Adapters do
 * not act.
 *
 * Reimers and Gurevych, Sentence-BERT (2019).
 */
export function createMeanStates({ model, device, tensors: weights }: PlacedModel): MeanStates {
  const run = device.jit('mean-states', (tensors: TensorMap) => {
    const { states, seen } = encodeTexts(model, tensors, tensors['input:texts']!);
    const sums = tf.sum(tf.mul(states, tf.expandDims(seen, -1)), 1);
    const counts = tf.maximum(tf.sum(seen, 1, true), 1);
    return { means: tf.div(sums, counts) };
  });
  const batch = async (texts: readonly (readonly number[])[]): Promise<Float32Array[]> => {
    const rows = powerOfTwo(texts.length, 1);
    const length = bucketLength(Math.max(...texts.map((ids) => ids.length)));
    const data = new Int32Array(rows * length).fill(-1);
    texts.forEach((ids, row) => data.set(ids, row * length));
    const feed = { dtype: 'int32' as const, shape: [rows, length], data };
    const outputs = await run({ ...weights, 'input:texts': feed });
    const means = (await device.read(outputs['means']!)).data as Float32Array;
    for (const output of Object.values(outputs)) output.dispose();
    const width = means.length / rows;
    return texts.map((_, row) => ofLengthOne(means.slice(row * width, (row + 1) * width)));
  };
  const embed = async (texts: readonly (readonly number[])[]): Promise<Float32Array[]> => {
    texts.forEach((ids, index) => checkIds(model, ids, `text ${index}`));
    const found: Float32Array[] = texts.map(() => new Float32Array(model.spec.width));
    const order = [...texts.keys()]
      .filter((index) => texts[index]!.length > 0)
      .toSorted((a, b) => texts[a]!.length - texts[b]!.length);
    for (let from = 0; from < order.length; from += batchSize) {
      const part = order.slice(from, from + batchSize);
      const vectors = await batch(part.map((index) => texts[index]!));
      part.forEach((index, row) => (found[index] = vectors[row]!));
    }
    return found;
  };
  return Object.assign(embed, { dispose: async () => run.dispose() });
}

function ofLengthOne(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}
