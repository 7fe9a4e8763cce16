export { coreOptions, deviceKind } from './device.ts';
export type {
  Availability,
  Device,
  DeviceOptions,
  DevicePlugin,
  Feeds,
  JitOptions,
  Jitted,
  OpenAxes,
  TensorFunction,
} from './device.ts';
export type { ValueAndGradients } from './gradients.ts';
export type {
  Attribute,
  Attributes,
  Constant,
  ElementType,
  Graph,
  GraphNode,
  Value,
} from './graph/graph.ts';
export type { GraphTensorSpec, RecordedNode } from './graph/record.ts';
export type {
  DataType,
  DeviceTensor,
  HostData,
  HostTensor,
  LateTensor,
  TensorMap,
  TensorSpec,
} from './tensor.ts';
export {
  createDeviceSet,
  type DeviceSet,
  type OpenDeviceOptions,
  type ProbedDevice,
} from './devices/open.ts';
export { createTfjsDevice } from './devices/eager.ts';
export { tfjsCpuDevice } from './devices/tfjs-cpu.ts';
export { valueAndGradients } from './gradients.ts';
export { isRecording, recordingTarget } from './graph/backend.ts';
export { choose, constant, int64Constant, record, recomputed, soon } from './graph/record.ts';
export { unsupportedKernels } from './graph/unsupported.ts';
export { graphWriter } from './graph/writer.ts';
export { recordOpen, type OpenFeed, type OpenOptions } from './graph/open/record-open.ts';
export type { Lengths } from './graph/open/lengths.ts';
export {
  placeOnnxTensors,
  writeOnnxFile,
  writeOnnxTensors,
  type OnnxModel,
  type OnnxPlace,
  type PendingOnnxTensor,
} from './graph/open/onnx-file.ts';
export { sizeOf } from './tensor.ts';
export { tf } from './tf.ts';
