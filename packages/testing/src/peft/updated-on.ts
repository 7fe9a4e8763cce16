import type { AfterUpdate } from '@tunesmith/peft';
import { tf } from '@tunesmith/runtime';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';

/**
 * What methods change after the third of ten updates, on a device: parameters and states under their feed names.
 *
 * @param parameters what trains; the gradients are the same values times −0.5
 */
export async function updatedOn(
  device: Device,
  update: AfterUpdate,
  parameters: Readonly<Record<string, HostTensor>>,
  states: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const part = (inputs: TensorMap, of: object): Record<string, tf.Tensor> =>
    Object.fromEntries(Object.keys(of).map((name) => [name, inputs[name]!]));
  const run = device.jit('after-update', (inputs: TensorMap) => {
    const trained = part(inputs, parameters);
    const changed = update({
      parameters: trained,
      gradients: Object.fromEntries(
        Object.entries(trained).map(([name, tensor]) => [name, tf.mul(tensor, -0.5)]),
      ),
      state: part(inputs, states),
      step: inputs['step']!,
      steps: 10,
    });
    return Object.fromEntries(
      Object.entries({ ...changed.parameters, ...changed.state }).map(([name, tensor]) => [
        name,
        tf.add(tensor, 0),
      ]),
    );
  });
  const step: HostTensor = { shape: [], dtype: 'float32', data: Float32Array.of(3) };
  const outputs = await run({ ...parameters, ...states, step });
  const read = Object.entries(outputs).map(
    async ([name, tensor]) => [name, await device.read(tensor)] as const,
  );
  return Object.fromEntries(await Promise.all(read));
}
