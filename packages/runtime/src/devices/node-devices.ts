import { cpuDevice } from './cpu.ts';
import { createDeviceSet } from './open.ts';
import { tensorflowDevice, tensorflowGpuDevice } from './tensorflow.ts';
import { tfjsCpuDevice } from './tfjs-cpu.ts';
import { webgpuDevice } from './webgpu.ts';

/** The devices that ship with the runtime for Node. */
export const { devices, openDevice, probeDevices } = createDeviceSet([
  cpuDevice,
  webgpuDevice,
  tensorflowGpuDevice,
  tensorflowDevice,
  tfjsCpuDevice,
]);
