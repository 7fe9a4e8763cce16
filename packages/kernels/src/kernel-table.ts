import { recordingTarget } from '@tunesmith/runtime';

/**
 * A kernel's functions for every way to run it; all have the same.
 *
 * `eager`: at once, in tfjs operations. `graph`: as nodes of a graph that is being recorded. An execution provider of ONNX Runtime
 * whose nodes differ has an entry of its own, by its name.
 */
export interface KernelTable<Functions> {
  readonly eager: Functions;
  readonly graph: NoInfer<Functions>;
  readonly webgpu?: NoInfer<Functions>;
}

/** Picks a kernel's functions by what the call runs on, each time anew. */
export function kernelTable<Functions>(table: KernelTable<Functions>): () => Functions {
  return () => {
    const target = recordingTarget();
    if (target === undefined) return table.eager;
    return (target === 'webgpu' ? table.webgpu : undefined) ?? table.graph;
  };
}
