import { constant, tf, unsupportedKernels } from '@tunesmith/runtime';
import { devices, openDevice } from '@tunesmith/runtime/node';
import { expect, inject, it, vi } from 'vitest';
import { float32 } from './device/tensors.ts';
import {
  feedsOf,
  functionOf,
  kernelCases,
  testDevice,
  type TestDeviceOptions,
} from './test-device.ts';

// Quotients of graphics cards and of TensorFlow are off by up to three units in the last place.
const quotients = 4;
const noKernel = 'tfjs-node does not register it';
const tensorflow: TestDeviceOptions = {
  toleranceFactor: quotients,
  unsupported: {
    BitwiseAnd: noKernel,
    SearchSorted: noKernel,
    DenseBincount: noKernel,
    FloorDiv: 'dividing integers by zero is an error of TensorFlow',
    UnsortedSegmentSum: 'ids outside the segments are an error of TensorFlow',
  },
};
const allowances: Readonly<Record<string, TestDeviceOptions>> = {
  webgpu: {
    toleranceFactor: quotients,
    // WGSL promises no more of its inverse functions: 4096 units in the last place.
    tolerances: { Acos: 1e-3, Asin: 1e-3, Atan: 1e-3, Atan2: 1e-3 },
    finiteOnly: inject('devices').includes('webgpu') ? await computedOfFiniteNumbers() : {},
  },
  tensorflow,
  'tensorflow-gpu': tensorflow,
};

for (const device of devices)
  if (inject('devices').includes(device.name)) testDevice(device, allowances[device.name]);

/**
 * Kernels made of exponentials and logarithms, where the driver makes numbers of NaN: WGSL lets it assume that nothing is infinite
 * or NaN ("finite math assumption"). SwiftShader does, lavapipe and the graphics cards seen so far do not.
 */
async function computedOfFiniteNumbers(): Promise<Record<string, string>> {
  const device = await openDevice('webgpu');
  const extremes = device.jit('extremes', ({ x }) => ({ exp: tf.exp(x!), log: tf.log(x!) }));
  const { exp, log } = await extremes({ x: float32([2], [0, Number.NaN]) });
  const [exponential, logarithm] = [await device.read(exp!), await device.read(log!)];
  await device.close();
  if (Number.isNaN(exponential.data[1]) && logarithm.data[0] === -Infinity) return {};
  const why = `the driver assumes finite numbers, as WGSL allows: exp(NaN) is ${exponential.data[1]}, log(0) is ${logarithm.data[0]}`;
  return { Expm1: why, Log1p: why, Sigmoid: why };
}

it('has a case for every kernel that the compiled device records', () => {
  const recorded = tf.getKernelsForBackend('tunesmith-graph').map(({ kernelName }) => kernelName);
  const tested = new Set(kernelCases.map(({ kernel }) => kernel));
  const composed = ['BroadcastTo', 'LogSoftmax', 'LogicalXor', 'TunesmithRecord'];
  const missing = recorded.filter(
    (name) => !tested.has(name) && !(name in unsupportedKernels) && !composed.includes(name),
  );
  expect(missing).toEqual([]);
});

it('calls in every case the kernel that the case names', () => {
  void tf.setBackend('cpu');
  const runKernel = vi.spyOn(tf.engine(), 'runKernel');
  for (const each of kernelCases) {
    runKernel.mockClear();
    tf.tidy(() => {
      const inputs: Record<string, tf.Tensor> = {};
      for (const [name, host] of Object.entries(feedsOf([each]))) {
        inputs[name] = constant(host);
      }
      functionOf([each])(inputs);
    });
    expect(
      runKernel.mock.calls.map(([name]) => name),
      `${each.kernel}: ${each.about}`,
    ).toContain(each.kernel);
  }
});

it('describes every case of a kernel differently', () => {
  const names = kernelCases.map(({ kernel, about }) => `${kernel}: ${about}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
