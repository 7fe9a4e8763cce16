import { TunesmithError } from '@tunesmith/schema';
import { tf } from '../tf.ts';

/**
 * Runs `f` with a tfjs backend active, synchronously, and puts the previous one back.
 *
 * tfjs has one active backend in the whole process; nothing asynchronous may happen in between, so `f` returns a value.
 */
export function withBackend<T>(backend: string, f: () => T): T {
  const previous = tf.getBackend();
  if (previous === backend) return f();
  activate(backend);
  try {
    return f();
  } finally {
    if (previous) activate(previous);
  }
}

function activate(backend: string): void {
  // A backend whose factory is synchronous is active when the call returns; the promise only reports it.
  void tf.setBackend(backend);
  if (tf.getBackend() === backend) return;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message: `the tfjs backend "${backend}" is not initialized`,
    value: backend,
    kind: 'failure',
  });
}
