import {
  composeHooks,
  adapterFeeds,
  promptedBatch,
  promptedFeeds,
  recordInputs,
  scopeOf,
  trainableFeeds,
  virtualTokens,
} from '@tunesmith/peft';
import type { Adapter } from '@tunesmith/peft';
import { logits, readEveryWeight, recordInputFeeds } from '@tunesmith/models';
import type { Model, RecordMeta } from '@tunesmith/models';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';

/** A loss and its gradients for the trainable tensors, by feed name. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Readonly<Record<string, HostTensor>>;
}

/**
 * A smooth loss of a model with one adapter, `mean(logits · w)` with fixed w = sin(0, 1, 2, …), and its gradients.
 *
 * @param parameters values to use in place of the adapter's own
 * @param records of each row, where the adapter reads of them
 */
export async function lossAndGradients(
  device: Device,
  model: Model,
  adapter: Adapter,
  ids: readonly (readonly number[])[],
  parameters: Adapter['parameters'] = adapter.parameters,
  records: readonly RecordMeta[] = [],
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
    ...(await readEveryWeight(model.weights)),
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
