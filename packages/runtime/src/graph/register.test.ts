import { describe, expect, it } from 'vitest';
import { tf } from '../tf.ts';
import { graphBackend } from './backend.ts';
import { registerGraphBackend } from './register.ts';
import { unsupportedKernels } from './unsupported.ts';

/** Names that tfjs-core exports for kernels: constants whose value is their own name. `_FusedMatMul` and `FusedConv2D` included. */
function kernelNames(): string[] {
  return Object.entries(tf)
    .filter(
      ([name, value]) => value === name || (typeof value === 'string' && value === `_${name}`),
    )
    .map(([, value]) => value as string);
}

/** Kernels that tfjs-core names but no operation calls, or that it composes of others. */
const uncalled = ['LowerBound', 'UpperBound', 'MatrixBandPart'];

describe('the graph backend', () => {
  registerGraphBackend();
  const recorded = new Set(
    tf.getKernelsForBackend(graphBackend).map(({ kernelName }) => kernelName),
  );

  it('records every kernel of tfjs or refuses it with a reason', () => {
    const names = new Set([
      ...kernelNames(),
      ...tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
    ]);
    expect([...names].filter((name) => !recorded.has(name) && !uncalled.includes(name))).toEqual(
      [],
    );
  });

  it('lists as unsupported only what tfjs has', () => {
    const names = new Set([
      ...kernelNames(),
      ...tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName),
    ]);
    expect(Object.keys(unsupportedKernels).filter((name) => !names.has(name))).toEqual([]);
  });

  it('is never chosen by tfjs itself', () => {
    expect(tf.getBackend()).not.toBe(graphBackend);
  });
});
