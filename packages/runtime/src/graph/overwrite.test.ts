import { describe, expect, it } from 'vitest';
import { openCpuDevice } from '../devices/cpu.ts';
import { openDevice } from '../devices/node-devices.ts';
import { valueAndGradients } from '../gradients.ts';
import { sizeOf, type HostTensor, type TensorMap, type TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import type { Graph, GraphNode } from './graph.ts';
import { overwrite } from './overwrite.ts';
import { soon } from './record.ts';
import { runSoon } from './soon.ts';

const wide: TensorSpec = { shape: [64, 256], dtype: 'float32' };
const square: TensorSpec = { shape: [256, 256], dtype: 'float32' };

const weights = (layers: number): string[] => Array.from({ length: layers }, (_, i) => `w${i}`);
const specsOf = (layers: number): Record<string, TensorSpec> => ({
  x: wide,
  ...Object.fromEntries(weights(layers).map((name) => [name, square])),
});

/** A step of descent through layers `x + tanh(x · W)`: each W is read forward, by the gradient of x, and by its own update. */
const descent =
  (layers: number) =>
  (inputs: TensorMap): TensorMap => {
    const parameters = Object.fromEntries(weights(layers).map((name) => [name, inputs[name]!]));
    const { outputs, gradients } = valueAndGradients((w) => {
      let x = inputs['x'] as tf.Tensor;
      for (const name of weights(layers))
        x = tf.add(x, tf.tanh(tf.matMul(x as tf.Tensor2D, w[name] as tf.Tensor2D)));
      return { loss: tf.mean(tf.square(x)) as tf.Scalar };
    }, parameters);
    return soon(() => {
      const each = weights(layers).map((name) => [name, gradients[name]!] as const);
      const norm = tf.addN(each.map(([, gradient]) => tf.sum(tf.square(gradient))));
      const moved = each.map(([name, gradient]) => [
        name,
        tf.sub(inputs[name]!, tf.mul(gradient, 0.5)),
      ]);
      return { loss: outputs.loss, norm, ...Object.fromEntries(moved) };
    });
  };

const numbers = ({ shape }: TensorSpec, seed: number): HostTensor => ({
  shape,
  dtype: 'float32',
  data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 7 + seed) / 20),
});
const feedsOf = (layers: number): Record<string, HostTensor> =>
  Object.fromEntries(
    Object.entries(specsOf(layers)).map(([name, spec], seed) => [name, numbers(spec, seed)]),
  );

const placesOf = (graph: Graph): Map<GraphNode, number> =>
  new Map(graph.nodes.map((node, place) => [node, place]));
const writerOf = (graph: Graph, name: string): GraphNode => {
  const { value } = graph.outputs.find((output) => output.name === name)!;
  return graph.nodes.find(({ outputs }) => outputs.some(({ id }) => id === value.id))!;
};

/** Everything that a node needs, directly or not. */
function needsOf(graph: Graph, node: GraphNode): Set<GraphNode> {
  const producers = new Map(graph.nodes.flatMap((each) => each.outputs.map((o) => [o.id, each])));
  const found = new Set<GraphNode>();
  const open = [node];
  for (let next = open.pop(); next; next = open.pop()) {
    for (const input of next.inputs) {
      const producer = input && producers.get(input.id);
      if (producer && !found.has(producer)) open.push(producer);
      if (producer) found.add(producer);
    }
  }
  return found;
}

describe('what is to run soon', () => {
  it('comes before what was recorded ahead of it', () => {
    const recorded = recordFunction('step', descent(4), specsOf(4)).graph;
    const graph = runSoon(recorded);
    expect(new Set(graph.nodes)).toEqual(new Set(recorded.nodes));
    const [before, after] = [placesOf(recorded), placesOf(graph)];
    const updates = weights(4).map((name) => writerOf(graph, name));
    // Recorded after the whole gradient; run from the last layer to the first, each long before the one before it.
    expect(updates.map((node) => before.get(node)!)).toEqual(
      updates.map((node) => before.get(node)!).toSorted((a, b) => a - b),
    );
    expect(updates.map((node) => after.get(node)!)).toEqual(
      updates.map((node) => after.get(node)!).toSorted((a, b) => b - a),
    );
    expect(after.get(updates[3]!)).toBeLessThan(before.get(updates[3]!)! / 2);
  });
});

describe('overwriting', () => {
  it('makes a writer need every reader of what it overwrites', () => {
    const recorded = runSoon(recordFunction('step', descent(4), specsOf(4)).graph);
    const { graph, overwritten } = overwrite(recorded, new Set(weights(4)));
    expect([...overwritten]).toEqual(weights(4));
    for (const name of weights(4)) {
      const { value } = graph.inputs.find((input) => input.name === name)!;
      const writer = writerOf(graph, name);
      const readers = graph.nodes.filter(
        (node) => node !== writer && node.inputs.some((input) => input?.id === value.id),
      );
      const needs = needsOf(graph, writer);
      // The first layer's x takes no gradient.
      expect(readers).toHaveLength(name === 'w0' ? 1 : 2);
      for (const reader of readers) expect(needs.has(reader)).toBe(true);
    }
  });

  it('makes a layer wait for the update, and the norm, of the one after it', () => {
    const recorded = runSoon(recordFunction('step', descent(4), specsOf(4)).graph);
    const { graph } = overwrite(recorded, new Set(weights(4)));
    for (const [index, name] of weights(3).entries()) {
      const needs = needsOf(graph, writerOf(graph, name));
      expect(needs.has(writerOf(graph, `w${index + 1}`))).toBe(true);
      const norms = [...needs].filter(({ op }) => op === 'ReduceSum');
      expect(norms.length).toBeGreaterThanOrEqual(3 - index);
    }
  });

  it('changes no digit, and leaves the numbers in the arrays that were fed', async () => {
    const device = await openCpuDevice({ threads: 1 });
    const run = async (options: object) => {
      const step = device.jit('step', descent(4), { repeated: true, ...options });
      const { x, ...start } = feedsOf(4);
      let state = Object.fromEntries(
        Object.entries(start).map(([name, host]) => [name, device.upload(host)]),
      );
      const losses = [];
      for (let n = 0; n < 3; n++) {
        const { loss, norm, ...next } = await step({ x: x!, ...state });
        losses.push(...(await device.read(loss!)).data, ...(await device.read(norm!)).data);
        state = next;
      }
      const read = await Promise.all(weights(4).map((name) => device.read(state[name]!)));
      return { losses, read, start };
    };
    const apart = await run({});
    const over = await run({ overwrites: weights(4) });
    expect(over.losses).toEqual(apart.losses);
    const bytes = ({ data }: HostTensor) => Buffer.from(data.buffer).toString('base64');
    weights(4).forEach((name, i) => {
      expect(bytes(over.read[i]!) === bytes(apart.read[i]!), name).toBe(true);
      expect(over.read[i]!.data === over.start[name]!.data, name).toBe(true);
      expect(apart.read[i]!.data === apart.start[name]!.data, name).toBe(false);
    });
    await device.close();
  });

  const vector: TensorSpec = { shape: [4], dtype: 'float32' };
  const matrix: TensorSpec = { shape: [3, 3], dtype: 'float32' };
  it.each<[string, (inputs: TensorMap) => TensorMap, TensorSpec, string[]]>([
    ['two that change places', ({ a, b }) => ({ a: b!, b: a! }), vector, []],
    [
      'a product of what it reads',
      ({ a, b }) => ({ a: tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D) }),
      matrix,
      [],
    ],
    [
      'one that is read once more after it',
      ({ a, b }) => {
        const next = tf.add(a!, b!);
        return { a: next, b: tf.mul(next, tf.exp(a!)) };
      },
      vector,
      ['b'],
    ],
    [
      'one that is read in another shape',
      ({ a, b }) => ({ a: tf.add(a!, b!), c: tf.sum(tf.exp(tf.reshape(a!, [2, 2])), 0) }),
      vector,
      ['a'],
    ],
    ['one that nothing reads', ({ b }) => ({ a: tf.exp(b!) }), vector, ['a']],
    ['one of another shape', ({ a, b }) => ({ a: tf.sum(tf.add(a!, b!)) }), vector, []],
  ])('gives %s the right numbers', async (_, fn, spec, written) => {
    const feeds = { a: numbers(spec, 1), b: numbers(spec, 2) };
    const { graph } = recordFunction('test', fn, { a: spec, b: spec });
    expect([...overwrite(graph, new Set(['a', 'b'])).overwritten]).toEqual(written);
    const results = [];
    for (const overwrites of [[], ['a', 'b']]) {
      for (const name of ['cpu', 'tfjs-cpu']) {
        const device = await openDevice(name);
        const copies = Object.entries(feeds).map(([key, host]) => {
          const copy = device.upload({ ...host, data: host.data.slice() });
          return [key, copy] as const;
        });
        const outputs = await device.jit('test', fn, { overwrites })(Object.fromEntries(copies));
        const read = Object.entries(outputs).map(async ([key, tensor]) => {
          const { data } = await device.read(tensor);
          return [key, Array.from(data, (value) => Number(value.toPrecision(5)))];
        });
        results.push(Object.fromEntries(await Promise.all(read)));
        await device.close();
      }
    }
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it.each(['cpu', 'tfjs-cpu'])('uses the feeds up on %s', async (name) => {
    const device = await openDevice(name);
    const next = device.jit('next', ({ a }) => ({ a: tf.add(a!, 1) }), { overwrites: ['a'] });
    const before = device.upload(numbers(vector, 3));
    const after = await next({ a: before });
    await expect(device.read(before)).rejects.toThrow(/was disposed/);
    expect((await device.read(after['a']!)).data[0]).toBeCloseTo(1 + Math.sin(3) / 20, 6);
    await device.close();
  });
});
