import { tf, type HostTensor, type TensorMap, type TensorSpec } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { withDefaults, type PluginContract, type PluginOptions } from '@tunesmith/schema';
import { describe, expect, it } from 'vitest';
import { testPlugin } from './test-plugin.ts';

/** What the suite needs of an optimizer: `OptimizerPlugin` of `@tunesmith/trainer` fits. */
export interface TestedOptimizer extends PluginContract {
  create(options: PluginOptions): {
    group?(name: string): string;
    init(parameters: Readonly<Record<string, TensorSpec>>): Readonly<Record<string, TensorSpec>>;
    scalars(step: number): Readonly<Record<string, number>>;
    update(
      gradients: TensorMap,
      state: TensorMap,
      parameters: TensorMap,
      scalars: TensorMap,
    ): { parameters: TensorMap; state: TensorMap };
  };
}

type Tensors = Record<string, HostTensor>;

const float = (data: readonly number[], shape = [data.length]): HostTensor => ({
  data: Float32Array.from(data),
  shape,
  dtype: 'float32',
});

/** A matrix, its bias and a scalar, and where they ought to go. */
const start: Tensors = {
  'map.weight': float([0.5, -1, 2, 0.25, -0.75, 1.5], [2, 3]),
  'map.bias': float([0.1, -0.2]),
  gate: float([3], []),
};
const goal: Tensors = {
  'map.weight': float([0, 1, -1, 0.5, 0.25, 0], [2, 3]),
  'map.bias': float([0.3, 0.3]),
  gate: float([-1], []),
};

/**
 * The suite that every optimizer passes, built in or not: a valid manifest; updates that keep names and shapes, and state as it
 * was announced; nothing moved by a learning rate of 0; a quadratic bowl descended; the same result on the eager device and
 * compiled; and, where it says that parameters may be joined, the same result joined as apart.
 *
 * Call it at the top level of a test file.
 *
 * @param options options, as a recipe would hold them; `learning_rate` must be one that descends `½ |p − goal|²` in 60 steps
 */
export function testOptimizer(optimizer: TestedOptimizer, options: PluginOptions): void {
  const settings = withDefaults(optimizer.options ?? {}, options) as PluginOptions & {
    readonly learning_rate: number;
  };
  testPlugin({ kind: 'optimizer', value: optimizer });

  /** `steps` updates towards the goal. */
  async function descend(
    device: string,
    steps: number,
    { learningRate = settings.learning_rate, from = start, to = goal } = {},
  ): Promise<{ parameters: Tensors; state: Tensors }> {
    const created = optimizer.create(settings);
    const opened = await openDevice(device);
    const step = opened.jit('optimizer', (inputs: TensorMap) => {
      const part = (prefix: string) =>
        Object.fromEntries(
          Object.entries(inputs).flatMap(([name, tensor]) =>
            name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [],
          ),
        );
      const parameters = part('p/');
      const gradients = Object.fromEntries(
        Object.entries(parameters).map(([name, p]) => [name, tf.sub(p, inputs[`g/${name}`]!)]),
      );
      const result = created.update(gradients, part('s/'), parameters, part('n/'));
      return { ...named('p/', result.parameters), ...named('s/', result.state) };
    });
    let parameters = from;
    let state: Tensors = Object.fromEntries(
      Object.entries(created.init(from)).map(([name, { shape }]) => [name, zeros(shape)]),
    );
    for (let n = 1; n <= steps; n++) {
      const numbers = { ...created.scalars(n), learningRate };
      const results = await step({
        ...named('p/', parameters),
        ...named('s/', state),
        ...named('g/', to),
        ...named(
          'n/',
          Object.fromEntries(Object.entries(numbers).map(([k, v]) => [k, float([v], [])])),
        ),
      });
      const read = async (prefix: string, names: readonly string[]): Promise<Tensors> =>
        Object.fromEntries(
          await Promise.all(
            names.map(async (name) => [name, await opened.read(results[prefix + name]!)] as const),
          ),
        );
      parameters = await read('p/', Object.keys(parameters));
      state = await read('s/', Object.keys(state));
    }
    await opened.close();
    return { parameters, state };
  }

  describe(`optimizer ${optimizer.name}`, () => {
    it('has a learning rate with a default', () => {
      expect(optimizer.options?.properties?.['learning_rate']?.default).toBeGreaterThan(0);
    });

    it('keeps names and shapes, and the state it announced', async () => {
      const { parameters, state } = await descend('tfjs-cpu', 1);
      expect(shapes(parameters)).toEqual(shapes(start));
      expect(shapes(state)).toEqual(shapes(optimizer.create(settings).init(start)));
    });

    it('moves nothing at a learning rate of 0', async () => {
      const { parameters } = await descend('tfjs-cpu', 3, { learningRate: 0 });
      expectClose(parameters, start, 0);
    });

    it('descends a bowl', async () => {
      const { parameters } = await descend('tfjs-cpu', 60);
      expect(distance(parameters, goal)).toBeLessThan(0.5 * distance(start, goal));
    });

    it('gives the same numbers compiled', async () => {
      const [eager, compiled] = [await descend('tfjs-cpu', 5), await descend('cpu', 5)];
      expectClose(compiled.parameters, eager.parameters, 1e-5);
      expectClose(compiled.state, eager.state, 1e-5);
    });

    it('treats joined parameters as it treats them apart, where it says so', async () => {
      const { group } = optimizer.create(settings);
      if (!group) return;
      const groups = new Set(Object.keys(start).map((name) => group(name)));
      const apart = await descend('tfjs-cpu', 4);
      const joined = await descend('tfjs-cpu', 4, {
        from: join(start, group),
        to: join(goal, group),
      });
      expect(Object.keys(joined.parameters).toSorted()).toEqual([...groups].toSorted());
      expectClose(joined.parameters, join(apart.parameters, group), 1e-6);
    });
  });
}

/** The tensors of each group as one vector under the group's name. */
function join(tensors: Tensors, group: (name: string) => string): Tensors {
  const joined: Record<string, number[]> = {};
  for (const [name, { data }] of Object.entries(tensors))
    (joined[group(name)] ??= []).push(...data);
  return Object.fromEntries(Object.entries(joined).map(([name, data]) => [name, float(data)]));
}

function named<T>(prefix: string, tensors: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]),
  );
}

function zeros(shape: readonly number[]): HostTensor {
  return float(Array<number>(shape.reduce((size, n) => size * n, 1)).fill(0), [...shape]);
}

function shapes(tensors: Readonly<Record<string, TensorSpec>>): Record<string, readonly number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape]));
}

function distance(a: Tensors, b: Tensors): number {
  const squares = Object.entries(a).flatMap(([name, { data }]) =>
    Array.from(data, (value, i) => (value - b[name]!.data[i]!) ** 2),
  );
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
}

function expectClose(actual: Tensors, expected: Tensors, tolerance: number): void {
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((value, i) =>
      expect(Math.abs(actual[name]!.data[i]! - value), `${name}[${i}]`).toBeLessThanOrEqual(
        tolerance * Math.max(1, Math.abs(value)),
      ),
    );
  }
}
