export { cpuDevice, openCpuDevice, type CpuDeviceOptions } from './devices/cpu.ts';
export { openWebgpuDevice, webgpuDevice } from './devices/webgpu.ts';
export { tensorflowDevice, tensorflowGpuDevice } from './devices/tensorflow.ts';
export { devices, openDevice, probeDevices } from './devices/node-devices.ts';
export type { tf } from './tf.ts';
