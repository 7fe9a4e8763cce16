import { constant, cpuDevice, tf, tfjsCpuDevice, unsupportedKernels } from '@tunesmith/runtime';
import { expect, it, vi } from 'vitest';
import { feedsOf, functionOf, kernelCases, testDevice } from './test-device.ts';

testDevice(cpuDevice);
testDevice(tfjsCpuDevice);

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
