import type { Device } from '@tunesmith/runtime';
import { inject } from 'vitest';

/** Test files of one worker share this object: the device is opened for the first and closed by nobody. */
const worker = globalThis as typeof globalThis & { heldDevice?: Device };

// An adapter that its last user closes forgets what it compiled. Tests open a device each, and drivers in software would compile every
// operation of every test anew: SwiftShader takes up to two seconds for one, and ten milliseconds to run it again.
if (inject('devices').includes('webgpu') && worker.heldDevice === undefined) {
  const { openDevice } = await import('@tunesmith/runtime/node');
  const device = await openDevice('webgpu');
  // The adapter is opened with the first graph.
  await device.read(device.upload({ shape: [1], dtype: 'float32', data: Float32Array.of(0) }));
  worker.heldDevice = device;
}
