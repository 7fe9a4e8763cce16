import { TunesmithError } from '@tunesmith/schema';
import type { DevicePlugin } from '../device.ts';
import { tf } from '../tf.ts';
import { createTfjsDevice } from './eager.ts';

/** `tfjs-cpu`: eager execution in plain JavaScript. The reference every other device must agree with; far slower than `cpu`. */
export const tfjsCpuDevice: DevicePlugin = {
  specVersion: 2,
  name: 'tfjs-cpu',
  description: 'Eager tfjs in plain JavaScript: the reference, and slow.',
  // 0.2 to 0.6 were measured, on one core.
  expects: () => 0.5,
  async probe() {
    return tf.findBackend('cpu') === null
      ? { available: false, reason: 'tfjs has no cpu backend registered' }
      : { available: true };
  },
  async open() {
    if (tf.findBackend('cpu') === null) {
      throw new TunesmithError({
        package: '@tunesmith/runtime',
        code: 'device-unavailable',
        message: 'device "tfjs-cpu" cannot be opened: tfjs has no cpu backend registered',
        kind: 'failure',
      });
    }
    return createTfjsDevice('tfjs-cpu', 'cpu');
  },
};
