import { isRecording } from '@tunesmith/runtime';

/** How a kernel is made to run: at once, in tfjs operations, or as nodes of a graph that is being recorded. */
export type KernelTarget = 'eager' | 'graph';

/** A kernel's functions for every target; all have the same. */
export type KernelTable<Functions> = Readonly<Record<KernelTarget, Functions>>;

/** What the present call runs on. */
function presentTarget(): KernelTarget {
  return isRecording() ? 'graph' : 'eager';
}

/** Picks a kernel's functions by what the call runs on, each time anew. */
export function kernelTable<Functions>(
  table: KernelTable<Functions> & { readonly graph: NoInfer<Functions> },
): () => Functions {
  return () => table[presentTarget()];
}
