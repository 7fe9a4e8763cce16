import { TunesmithError } from '@tunesmith/schema';
import { tf } from '../tf.ts';
import { graphBackend } from './backend.ts';

/** Throws that a kernel, or a use of it, has no graph implementation. */
export function unsupported(kernel: string, why: string): never {
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'unsupported-kernel',
    message: `tfjs kernel "${kernel}" cannot be compiled: ${why}`,
    value: kernel,
    accepted: 'another formulation, or the eager device "tfjs-cpu"',
  });
}

const images = 'an image operation, which language models do not use';
const dynamic = 'the shape of its result depends on values, and graph shapes are static';
const complex = 'complex numbers are not carried by devices';
const strings = 'strings are not carried by devices';
const convolution = 'convolutions and pooling are not recorded';

/** Every tfjs kernel that is not recorded, and why. Calling one while recording throws `unsupported-kernel` with the reason. */
export const unsupportedKernels: Readonly<Record<string, string>> = {
  AvgPool: convolution,
  AvgPool3D: convolution,
  AvgPool3DGrad: convolution,
  AvgPoolGrad: convolution,
  BroadcastArgs: dynamic,
  Complex: complex,
  ComplexAbs: complex,
  Conv2D: convolution,
  Conv2DBackpropFilter: convolution,
  Conv2DBackpropInput: convolution,
  Conv3D: convolution,
  Conv3DBackpropFilterV2: convolution,
  Conv3DBackpropInputV2: convolution,
  CropAndResize: images,
  DepthwiseConv2dNative: convolution,
  DepthwiseConv2dNativeBackpropFilter: convolution,
  DepthwiseConv2dNativeBackpropInput: convolution,
  Dilation2D: convolution,
  Dilation2DBackpropFilter: convolution,
  Dilation2DBackpropInput: convolution,
  Draw: images,
  FFT: complex,
  FlipLeftRight: images,
  FromPixels: images,
  FusedConv2D: convolution,
  FusedDepthwiseConv2D: convolution,
  IFFT: complex,
  Imag: complex,
  LRN: convolution,
  LRNGrad: convolution,
  MaxPool: convolution,
  MaxPool3D: convolution,
  MaxPool3DGrad: convolution,
  MaxPoolGrad: convolution,
  MaxPoolWithArgmax: convolution,
  Multinomial: 'its random numbers are drawn in JavaScript and would be the same in every step',
  NonMaxSuppressionV3: dynamic,
  NonMaxSuppressionV4: dynamic,
  NonMaxSuppressionV5: dynamic,
  Pool: convolution,
  RaggedGather: dynamic,
  RaggedRange: dynamic,
  RaggedTensorToTensor: dynamic,
  Real: complex,
  ResizeBilinear: images,
  ResizeBilinearGrad: images,
  ResizeNearestNeighbor: images,
  ResizeNearestNeighborGrad: images,
  RotateWithOffset: images,
  SparseFillEmptyRows: dynamic,
  SparseReshape: dynamic,
  SparseSegmentMean: dynamic,
  SparseSegmentSum: dynamic,
  StaticRegexReplace: strings,
  StringNGrams: strings,
  StringSplit: strings,
  StringToHashBucketFast: strings,
  Transform: images,
  Unique: dynamic,
};

/** Registers a clear error for each of {@link unsupportedKernels}. */
export function defineUnsupported(): void {
  for (const [kernelName, why] of Object.entries(unsupportedKernels)) {
    tf.registerKernel({
      kernelName,
      backendName: graphBackend,
      kernelFunc: () => unsupported(kernelName, why),
    });
  }
}
