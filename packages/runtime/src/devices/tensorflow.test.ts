import { expect, test } from 'vitest';
import { findTensorflow } from './load-tensorflow.ts';
import { tensorflowDevice, tensorflowGpuDevice } from './tensorflow.ts';

test('where tfjs-node is not installed, the device says what to type', async (context) => {
  const found = findTensorflow('@tensorflow/tfjs-node');
  if (!('reason' in found)) return context.skip('tfjs-node is installed');
  const availability = { available: false, ...found };
  expect(await tensorflowDevice.probe()).toEqual(availability);
  expect(found).toEqual({
    reason: 'the package @tensorflow/tfjs-node is not installed',
    remedy:
      'install it: npm install @tensorflow/tfjs-node@4.22.0 (its install script downloads TensorFlow)',
  });
  await expect(tensorflowDevice.open()).rejects.toThrow(
    /device "tensorflow" cannot be opened: the package @tensorflow\/tfjs-node is not installed/,
  );
});

test('without a driver of NVIDIA the card expects nothing, and the probe says why', async (context) => {
  const availability = await tensorflowGpuDevice.probe();
  if (availability.available) return context.skip('a card is available');
  expect(availability.reason).toMatch(/no driver of an NVIDIA graphics card|not installed/);
  if (/no driver/.test(availability.reason)) expect(tensorflowGpuDevice.expects?.()).toBe(0);
});
