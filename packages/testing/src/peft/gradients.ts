import {
  composeHooks,
  adapterFeeds,
  feedName,
  promptedBatch,
  promptedFeeds,
  recordInputs,
  scopeOf,
  trainableFeeds,
  virtualTokens,
} from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { logits, recordInputFeeds } from '@tunesmith/models';
import type { PlacedModel, RecordMeta } from '@tunesmith/models';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import type { HostTensor, TensorMap } from '@tunesmith/runtime';

/** A loss and its gradients for the trainable tensors, by feed name. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, HostTensor>>;
}

/**
 * A smooth loss of a placed model with one adapter, `mean(logits · w)` with fixed w = sin(0, 1, 2, …), and its gradients.
 *
 * @param records of each row, where the adapter reads of them
 * @param parameters values to use in place of the adapter's own
 */
export async function lossAndGradients(
  { model, device, tensors: weights }: PlacedModel,
  adapter: Adapter,
  ids: readonly (readonly number[])[],
  records: readonly RecordMeta[] = [],
  parameters: Adapter['parameters'] = adapter.parameters,
): Promise<LossAndGradients> {
  const active = { ...adapter, parameters };
  const factory = composeHooks([{ adapter: active }]);
  const names = trainableFeeds([active]);
  const run = device.jit('loss-and-gradients', (inputs: TensorMap) => {
    const trained = Object.fromEntries(names.map((name) => [name, inputs[name] as tf.Tensor]));
    const { outputs, gradients } = valueAndGradients((values) => {
      const tensors = { ...inputs, ...values } as Record<string, tf.Tensor>;
      const batch = promptedBatch(tensors);
      const result = logits(model, tensors, batch, factory(tensors, scopeOf(tensors, batch)));
      const flat = tf.reshape(result, [-1]);
      return { loss: tf.mean(tf.mul(flat, tf.sin(tf.range(0, flat.size)))) as tf.Scalar };
    }, trained);
    return { loss: outputs.loss, ...gradients };
  });
  const results = await run({
    ...weights,
    ...adapterFeeds([active]),
    ...promptedFeeds(model.spec, { ids, sources: ids }, virtualTokens([active])),
    ...recordInputFeeds(
      recordInputs([active]),
      ids.map((_, row) => [records[row]]),
      1,
    ),
  });
  const read = async (name: string): Promise<HostTensor> => device.read(results[name]!);
  const loss = (await read('loss')).data[0] ?? Number.NaN;
  const gradients = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await read(name)] as const)),
  );
  for (const tensor of Object.values(results)) tensor.dispose();
  return { loss, gradients };
}

/**
 * How far the gradients are from finite differences along them, relative to the slope there, which is their norm: at the better of a
 * wide and a narrow step.
 *
 * @param loss with the values given in place of the adapter's
 */
export async function slopeError(
  { name, parameters }: Pick<Adapter, 'name' | 'parameters'>,
  gradients: LossAndGradients['gradients'],
  loss: (parameters: Adapter['parameters']) => Promise<number>,
): Promise<number> {
  const norm = Math.hypot(...Object.values(gradients).flatMap(({ data }) => [...data]));
  const at = (factor: number): Promise<number> =>
    loss(
      Object.fromEntries(
        Object.entries(parameters).map(([local, { shape, data }]) => {
          const slope = gradients[feedName(name, local)]?.data;
          const moved = Float32Array.from(
            data,
            (value, i) => value + (factor * (slope?.[i] ?? 0)) / norm,
          );
          return [local, { shape, dtype: 'float32' as const, data: moved }];
        }),
      ),
    );
  // Five points: steps wide enough for float32's rounding then still leave out the third derivative.
  const errorAt = async (step: number): Promise<number> => {
    const near = (await at(step)) - (await at(-step));
    const far = (await at(2 * step)) - (await at(-2 * step));
    const slope = (8 * near - far) / (12 * step);
    return Math.abs(slope - norm) / norm;
  };
  // Where the loss is strongly curved, or has kinks, wide steps say little, and elsewhere small ones.
  return Math.min(await errorAt(0.02), await errorAt(0.004));
}
