import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { coreOptions, type Availability, type DevicePlugin } from '../device.ts';
import { threadsOf } from './cpu.ts';
import { createTfjsDevice } from './eager.ts';
import { findTensorflow, loadTensorflow, type TensorflowPackage } from './load-tensorflow.ts';
import { unavailable } from './unavailable.ts';

/**
 * What training gets done on one core, in GFLOP/s of products: TensorFlow's products are as fast as ONNX Runtime's, but a step
 * took 3.8 s operation by operation where the compiled graph took 2.3 s.
 */
const coreSpeed = 45;

/**
 * What training is expected to get done on a graphics card: not measured. A step of a small model is some 4,000 operations, each
 * sent from JavaScript in about 60 µs, whatever the card; that is the time of 700 GFLOP/s.
 */
const cardSpeed = 700;

/** `tensorflow`: eager tfjs, each operation run by TensorFlow's C library on the processor's cores. */
export const tensorflowDevice: DevicePlugin = {
  specVersion: 2,
  name: 'tensorflow',
  description: 'Eager tfjs on TensorFlow, on every processor core.',
  options: coreOptions,
  expects: () => coreSpeed * availableParallelism(),
  probe: async () => probe('@tensorflow/tfjs-node'),
  async open(options = {}) {
    const availability = probe('@tensorflow/tfjs-node');
    if (!availability.available)
      throw unavailable('device "tensorflow" cannot be opened', availability);
    const { backend } = loadTensorflow('@tensorflow/tfjs-node', threadsOf(options));
    return createTfjsDevice('tensorflow', backend);
  },
};

/** `tensorflow-gpu`: eager tfjs, each operation run by TensorFlow's C library on a graphics card, through CUDA. */
export const tensorflowGpuDevice: DevicePlugin = {
  specVersion: 2,
  name: 'tensorflow-gpu',
  description: 'Eager tfjs on TensorFlow, on a graphics card of NVIDIA.',
  expects: () => (hasNvidiaDriver() ? cardSpeed : 0),
  probe: async () => probeCard(),
  async open(options = {}) {
    const what = 'device "tensorflow-gpu" cannot be opened';
    const availability = probeCard();
    if (!availability.available) throw unavailable(what, availability);
    const { backend, isOnCard } = loadTensorflow('@tensorflow/tfjs-node-gpu', threadsOf(options));
    if (isOnCard) return createTfjsDevice('tensorflow-gpu', backend);
    throw unavailable(what, {
      reason: 'TensorFlow finds no graphics card that it can use',
      remedy: 'install the CUDA and cuDNN libraries that this TensorFlow was built with',
    });
  },
};

function probeCard(): Availability {
  return hasNvidiaDriver()
    ? probe('@tensorflow/tfjs-node-gpu')
    : { available: false, reason: 'no driver of an NVIDIA graphics card is loaded' };
}

function probe(name: TensorflowPackage): Availability {
  const found = findTensorflow(name);
  return 'reason' in found ? { available: false, ...found } : { available: true };
}

function hasNvidiaDriver(): boolean {
  if (process.platform === 'linux') return existsSync('/proc/driver/nvidia/version');
  const windows = process.env['SystemRoot'];
  return windows !== undefined && existsSync(join(windows, 'System32', 'nvcuda.dll'));
}
