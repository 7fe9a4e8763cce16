export { cpuDevice, openCpuDevice, type CpuDeviceOptions } from './devices/cpu.ts';
export { openWebgpuDevice, webgpuDevice } from './devices/webgpu.ts';
export { tensorflowDevice, tensorflowGpuDevice } from './devices/tensorflow.ts';
export { devices, openDevice, probeDevices } from './devices/node-devices.ts';
export {
  openOnnx,
  type OnnxInput,
  type OnnxTensor,
  type OpenedOnnx,
} from './graph/open/open-onnx.ts';
// Types alone: without them the published types of tfjs would be torn into two files, and their namespace with them.
export type { tf } from './tf.ts';
