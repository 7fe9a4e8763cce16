import { expect, inject, test } from 'vitest';
import { tf, valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { Device, HostTensor, TensorMap } from '@tunesmith/runtime';

/** One call of a kernel, with what it is checked against. */
export interface KernelCase {
  readonly name: string;
  /** Differentiated: float32 tensors. */
  readonly inputs: Record<string, HostTensor>;
  /** Fed, not differentiated. */
  readonly constants?: Record<string, HostTensor>;
  /** The kernel. */
  run(tensors: TensorMap): tf.Tensor;
  /** The same formula in plain tfjs operations; its tape's gradient must agree. Absent where tfjs has none. */
  composed?(tensors: TensorMap): tf.Tensor;
  /** Largest error relative to the largest element; 2e-5 if absent. */
  readonly tolerance?: number;
  /** False where finite differences would take too long: the case is then compared with `composed` alone. */
  readonly differences?: boolean;
}

/** Devices that every kernel runs on: the eager reference and the compiled graph, unless a check names another one. */
export const DEVICES: readonly string[] = inject('devices');

/**
 * Tests a table of cases on every device: values and gradients against plain tfjs, and gradients against
 * five-point central differences (step 0.05, sums in double precision, tolerance 1e-3).
 */
export function testKernel(cases: readonly KernelCase[]): void {
  for (const deviceName of DEVICES) {
    for (const one of cases) {
      test(`${one.name} on ${deviceName}`, () => checkCase(one, deviceName));
    }
  }
  for (const one of cases) {
    if (one.differences === false || Object.keys(one.inputs).length === 0) continue;
    test(`${one.name}: gradient equals finite differences`, () => checkDifferences(one));
  }
}

async function checkCase(one: KernelCase, deviceName: string): Promise<void> {
  const device = await openDevice(deviceName);
  const reference = await openDevice('tfjs-cpu');
  try {
    const got = await evaluate(device, one, one.run);
    const wanted = await evaluate(reference, one, one.composed ?? one.run);
    for (const name of Object.keys(wanted)) {
      expectClose(got[name] as HostTensor, wanted[name] as HostTensor, one.tolerance ?? 2e-5, name);
    }
  } finally {
    await device.close();
    await reference.close();
  }
}

async function checkDifferences(one: KernelCase): Promise<void> {
  const device = await openDevice('tfjs-cpu');
  try {
    const analytic = await evaluate(device, one, one.run);
    const forward = device.jit('forward', (tensors) => ({ y: one.run(tensors) }));
    const loss = async (inputs: Record<string, HostTensor>) => {
      const { y } = await forward({ ...one.constants, ...inputs });
      const { data } = await device.read(y!);
      return Array.from(data).reduce((sum, value, i) => sum + value * cotangent(i), 0);
    };
    for (const [name, input] of Object.entries(one.inputs)) {
      const numeric = new Float32Array(input.data.length);
      for (let i = 0; i < numeric.length; i++) {
        const at = (step: number) => {
          const data = Float32Array.from(input.data);
          data[i]! += step;
          return loss({ ...one.inputs, [name]: { ...input, data } });
        };
        const h = 0.05;
        numeric[i] =
          (8 * ((await at(h)) - (await at(-h))) - ((await at(2 * h)) - (await at(-2 * h)))) /
          (12 * h);
      }
      expectClose(
        analytic[`d${name}`] as HostTensor,
        { ...input, data: numeric },
        1e-3,
        `d${name}`,
      );
    }
  } finally {
    await device.close();
  }
}

/** The value as `y` and the gradient of `Σ cᵢ yᵢ` by input x as `dx`. */
async function evaluate(
  device: Device,
  one: KernelCase,
  f: (tensors: TensorMap) => tf.Tensor,
): Promise<Record<string, HostTensor>> {
  const names = Object.keys(one.inputs);
  const step = device.jit('step', (tensors) => {
    if (names.length === 0) return { y: f(tensors) };
    const parameters = Object.fromEntries(names.map((name) => [name, tensors[name]!]));
    const { outputs, gradients } = valueAndGradients((p) => {
      const y = f({ ...tensors, ...p });
      const c = tf.tensor(
        Float32Array.from({ length: y.size }, (_, i) => cotangent(i)),
        y.shape,
      );
      return { loss: tf.sum(tf.mul(y, c)) as tf.Scalar, y };
    }, parameters);
    return {
      y: outputs.y,
      ...Object.fromEntries(names.map((name) => [`d${name}`, gradients[name]!])),
    };
  });
  const outputs = await step({ ...one.constants, ...one.inputs });
  const read: Record<string, HostTensor> = {};
  for (const [name, tensor] of Object.entries(outputs)) read[name] = await device.read(tensor);
  return read;
}

/** A fixed weight of element i of the output, of either sign. */
function cotangent(i: number): number {
  return Math.sin(1 + 1.7 * i);
}

/** Shapes equal, and no element further off than `tolerance` times the largest wanted element (at least 1e-3). */
export function expectClose(
  got: HostTensor,
  wanted: HostTensor,
  tolerance: number,
  what: string,
): void {
  expect(got.shape, `shape of ${what}`).toEqual(wanted.shape);
  let largest = 1e-3;
  let error = 0;
  for (let i = 0; i < wanted.data.length; i++) {
    largest = Math.max(largest, Math.abs(wanted.data[i] as number));
    const difference = Math.abs((got.data[i] as number) - (wanted.data[i] as number));
    error = Number.isNaN(difference) ? Number.POSITIVE_INFINITY : Math.max(error, difference);
  }
  expect(error / largest, `relative error of ${what}`).toBeLessThanOrEqual(tolerance);
}

/** Reproducible numbers between −1 and 1 (times `spread`), different for each `salt`. */
export function numbers(shape: readonly number[], salt: number, spread = 1): HostTensor {
  const length = shape.reduce((product, size) => product * size, 1);
  let state = (salt * 2654435761 + 12345) >>> 0;
  const data = Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * spread;
  });
  return { shape, dtype: 'float32', data };
}

/** An int32 tensor. */
export function integers(shape: readonly number[], values: readonly number[]): HostTensor {
  return { shape, dtype: 'int32', data: Int32Array.from(values) };
}
