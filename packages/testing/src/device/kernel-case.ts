import type { HostTensor, tf } from '@tunesmith/runtime';

/** One use of one tfjs kernel, run on a device and on the reference. */
export interface KernelCase {
  /** The kernel as tfjs-core names it; the case must call it. */
  readonly kernel: string;
  /** What is special about this use. */
  readonly about: string;
  readonly inputs: Readonly<Record<string, HostTensor>>;
  /** Calls the operation. */
  run(inputs: Record<string, tf.Tensor>): tf.Tensor | tf.Tensor[];
  /** Inputs whose gradient is compared as well. Absent where tfjs has none, or a wrong one. */
  readonly gradient?: readonly string[];
  /** Largest difference allowed, relative to the largest magnitude in the reference. Default 2e-6. */
  readonly tolerance?: number;
  /** True where inputs are infinite or not a number: the kernel has a test of its own for these. */
  readonly isExtreme?: boolean;
}
