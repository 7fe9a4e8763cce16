export type { Availability, Device, DeviceOptions, DevicePlugin, Feeds, Jitted, TensorFunction } from './device.ts';
export type { OpenDeviceOptions, ProbedDevice } from './devices/open.ts';
export type { ValueAndGradients } from './gradients.ts';
export type { DataType, DeviceTensor, HostData, HostTensor, TensorMap, TensorSpec } from './tensor.ts';
export { devices, openDevice, probeDevices } from './devices/open.ts';
export { createTfjsDevice, tfjsCpuDevice } from './devices/tfjs.ts';
export { valueAndGradients } from './gradients.ts';
export { sizeOf } from './tensor.ts';
export { tf } from './tf.ts';
