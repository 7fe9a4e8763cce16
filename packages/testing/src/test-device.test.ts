import { constant, tf, unsupportedKernels } from '@tunesmith/runtime';
import { devices } from '@tunesmith/runtime/node';
import { expect, inject, it, vi } from 'vitest';
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
  // WGSL promises no more of its inverse functions.
  webgpu: {
    toleranceFactor: quotients,
    tolerances: { Acos: 1e-3, Asin: 1e-3, Atan: 1e-3, Atan2: 1e-3 },
  },
  tensorflow,
  'tensorflow-gpu': tensorflow,
};

for (const device of devices)
  if (inject('devices').includes(device.name)) testDevice(device, allowances[device.name]);

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
