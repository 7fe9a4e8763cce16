import { isRecording } from '@tunesmith/runtime';

/** The graph implementation while a graph is recorded, the reference otherwise. Both have the same functions. */
export function implementation<Functions>(
  reference: Functions,
  graph: NoInfer<Functions>,
): Functions {
  return isRecording() ? graph : reference;
}
