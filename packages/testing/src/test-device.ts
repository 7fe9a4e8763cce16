import {
  tf,
  tfjsCpuDevice,
  valueAndGradients,
  type Device,
  type DevicePlugin,
  type HostTensor,
  type TensorFunction,
  type TensorMap,
} from '@tunesmith/runtime';
import { devices, openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testContract } from './device/contract.ts';
import { elementwiseCases } from './device/elementwise-cases.ts';
import { unaryCases } from './device/unary-cases.ts';
import { expectClose } from './device/expect-close.ts';
import { indexingCases } from './device/indexing-cases.ts';
import type { KernelCase } from './device/kernel-case.ts';
import { reductionCases } from './device/reduction-cases.ts';
import { shapeCases } from './device/shape-cases.ts';
import { floats } from './device/tensors.ts';
import { testPlugin } from './test-plugin.ts';

/** Every use of a tfjs kernel that {@link testDevice} compares. */
export const kernelCases: readonly KernelCase[] = [
  ...unaryCases,
  ...elementwiseCases,
  ...reductionCases,
  ...shapeCases,
  ...indexingCases,
];

/** What {@link testDevice} allows a device. */
export interface TestDeviceOptions {
  /** Times the case's own tolerance (2e-6 relative, for float32 on a processor). */
  readonly toleranceFactor?: number;
  /** Relative tolerances of kernels that the device computes less exactly, instead of their cases' own. */
  readonly tolerances?: Readonly<Record<string, number>>;
  /** Kernels that the device does not run, and why; each is shown as skipped. */
  readonly unsupported?: Readonly<Record<string, string>>;
  /** Kernels that the device computes of finite numbers alone, and why; their test of infinities and NaN is shown as skipped. */
  readonly finiteOnly?: Readonly<Record<string, string>>;
  /** Whether equal inputs give equal bits. Default true. */
  readonly deterministic?: boolean;
}

/**
 * Declares the conformance suite of a device: the contract of `Device`, and every kernel, value and gradient, against eager
 * tfjs on the processor. Call it in a test file; nothing else is needed.
 */
export function testDevice(
  plugin: DevicePlugin,
  {
    toleranceFactor = 1,
    tolerances = {},
    unsupported = {},
    finiteOnly = {},
    deterministic = true,
  }: TestDeviceOptions = {},
): void {
  testPlugin({ kind: 'device', value: plugin });
  describe(`device ${plugin.name}`, () => {
    let device: Device;
    let reference: Device;
    beforeAll(async () => {
      device = await openDevice(plugin.name, {
        threads: 2,
        plugins: devices.includes(plugin) ? [] : [plugin],
      });
      reference = await tfjsCpuDevice.open();
    });
    afterAll(async () => {
      await device.close();
      await reference.close();
    });
    testContract(plugin, () => device, deterministic);
    describe('kernels agree with eager tfjs', () => {
      for (const { kernel, isExtreme, cases } of groupsOfCases()) {
        it(isExtreme ? `${kernel}, infinities and NaN` : kernel, async (context) => {
          const why = unsupported[kernel] ?? (isExtreme ? finiteOnly[kernel] : undefined);
          context.skip(why !== undefined, why);
          const fn = functionOf(cases);
          const feeds = feedsOf(cases);
          const expected = await results(reference, fn, feeds);
          const actual = await results(device, fn, feeds);
          expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
          for (const [name, tensor] of Object.entries(expected)) {
            const { tolerance = 2e-6 } =
              cases.find(({ about }) => name.startsWith(`${about}: `)) ?? {};
            const allowed = tolerances[kernel] ?? tolerance * toleranceFactor;
            expectClose(name, actual[name] as HostTensor, tensor, allowed);
          }
        });
      }
    });
  });
}

/** The cases of one test: those of a kernel, or those of it on infinities and NaN. */
interface CaseGroup {
  readonly kernel: string;
  readonly isExtreme: boolean;
  readonly cases: KernelCase[];
}

function groupsOfCases(): Iterable<CaseGroup> {
  const groups = new Map<string, CaseGroup>();
  for (const each of kernelCases) {
    const { kernel, isExtreme = false } = each;
    const key = `${kernel} ${isExtreme}`;
    const group = groups.get(key) ?? { kernel, isExtreme, cases: [] };
    groups.set(key, group);
    group.cases.push(each);
  }
  return groups.values();
}

/** The inputs of the cases, each under the case's description and its own name. */
export function feedsOf(cases: readonly KernelCase[]): Record<string, HostTensor> {
  return Object.fromEntries(
    cases.flatMap(({ about, inputs }) =>
      Object.entries(inputs).map(([name, host]) => [`${about}: ${name}`, host]),
    ),
  );
}

/** The cases as one function: the results of each, and the gradients of a weighted sum of them. */
export function functionOf(cases: readonly KernelCase[]): TensorFunction {
  return (feeds) => {
    const outputs: TensorMap = {};
    for (const each of cases) {
      const inputs = Object.fromEntries(
        Object.keys(each.inputs).map((name) => [
          name,
          feeds[`${each.about}: ${name}`] as tf.Tensor,
        ]),
      );
      for (const [name, tensor] of Object.entries(runCase(each, inputs))) {
        outputs[`${each.about}: ${name}`] = tensor;
      }
    }
    return outputs;
  };
}

function runCase({ run, gradient }: KernelCase, inputs: TensorMap): TensorMap {
  const named = (out: tf.Tensor | tf.Tensor[]): TensorMap =>
    Object.fromEntries(
      (Array.isArray(out) ? out : [out]).map((tensor, index) => [`out${index}`, tensor]),
    );
  if (gradient === undefined) return named(run(inputs));
  const parameters = Object.fromEntries(gradient.map((name) => [name, inputs[name] as tf.Tensor]));
  const { outputs, gradients } = valueAndGradients((given) => {
    const out = named(run({ ...inputs, ...given }));
    const terms = Object.values(out).map((tensor, index) =>
      tf.sum(tf.mul(tensor, weights(tensor.shape, index))),
    );
    return { ...out, loss: terms.reduce((sum, term) => tf.add(sum, term)) as tf.Scalar };
  }, parameters);
  const renamed = Object.entries(gradients).map(([name, tensor]) => [`d${name}`, tensor]);
  return { ...outputs, ...(Object.fromEntries(renamed) as TensorMap) };
}

function weights(shape: readonly number[], seed: number): tf.Tensor {
  const { data } = floats(shape, 0.5, 1.5, seed + 40);
  return tf.tensor(data, [...shape], 'float32');
}

async function results(
  device: Device,
  fn: TensorFunction,
  inputs: Readonly<Record<string, HostTensor>>,
): Promise<Record<string, HostTensor>> {
  const outputs = await device.jit('case', fn)(inputs);
  const read: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(outputs)) {
    read[name] = await device.read(tensor);
    tensor.dispose();
  }
  return read;
}
