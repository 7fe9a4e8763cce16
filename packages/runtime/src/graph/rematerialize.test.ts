import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../gradients.ts';
import { openCpuDevice } from '../devices/cpu.ts';
import { sizeOf, type HostTensor, type TensorMap, type TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import type { Graph, Value } from './graph.ts';
import { bytesOf, originsOf, placeOfMost } from './liveness.ts';
import { rematerialize } from './rematerialize.ts';

const wide: TensorSpec = { shape: [256, 512], dtype: 'float32' };
const square: TensorSpec = { shape: [512, 512], dtype: 'float32' };

function specsOf(layers: number): Record<string, TensorSpec> {
  const specs: Record<string, TensorSpec> = { x: wide };
  for (let layer = 0; layer < layers; layer++) {
    specs[`w${layer}`] = square;
    specs[`scale${layer}`] = { shape: [512], dtype: 'float32' };
  }
  return specs;
}

/** Layers `x + sigmoid(x · W)² · scale` with the gradients of their scales: the backward pass reads sigmoids and their squares. */
function trainingOf(layers: number): (inputs: TensorMap) => TensorMap {
  return (inputs) => {
    const scales = Object.entries(inputs).filter(([name]) => name.startsWith('scale'));
    const { outputs, gradients } = valueAndGradients((parameters) => {
      let x = inputs['x'] as tf.Tensor;
      for (let layer = 0; layer < layers; layer++) {
        const product = tf.matMul(x as tf.Tensor2D, inputs[`w${layer}`] as tf.Tensor2D);
        x = tf.add(x, tf.mul(tf.square(tf.sigmoid(product)), parameters[`scale${layer}`]!));
      }
      return { loss: tf.mean(tf.square(x)) as tf.Scalar };
    }, Object.fromEntries(scales));
    return { loss: outputs.loss, ...gradients };
  };
}

/** Bytes that wait where most is held, for what comes after. */
const bytesHeld = (graph: Graph): number => {
  const origins = originsOf(graph);
  const { place } = placeOfMost(graph, origins);
  const held = new Set<Value>();
  graph.nodes.forEach(({ inputs, outputs }, at) => {
    const values = at > place ? inputs : at === place ? [...inputs, ...outputs] : [];
    for (const value of values) {
      const source = value && origins.memoryOf(value);
      const from = source && origins.madeAt(source);
      if (from !== undefined && from <= place) held.add(source as Value);
    }
  });
  return [...held].reduce((sum, value) => sum + bytesOf(value), 0);
};

const count = ({ nodes }: Graph, op: string): number =>
  nodes.filter((node) => node.op === op).length;

describe('rematerialization', () => {
  it('makes activations again instead of holding them, and no product', () => {
    const plain = recordFunction('test', trainingOf(12), specsOf(12)).graph;
    const graph = rematerialize(plain);
    // A square is made again of its sigmoid; the sigmoid would take the product before it.
    expect(graph.nodes.length).toBeGreaterThan(plain.nodes.length);
    expect(count(graph, 'Sigmoid')).toBe(count(plain, 'Sigmoid'));
    expect(count(graph, 'MatMul')).toBe(count(plain, 'MatMul'));
    expect(bytesHeld(graph)).toBeLessThan(0.8 * bytesHeld(plain));
  });

  it('is not held off by a gradient that is there early and waits for its other part', () => {
    // The table is read by the first layer and by the loss, as a tied head is.
    const tied = (inputs: TensorMap): TensorMap => {
      const { outputs, gradients } = valueAndGradients(
        (parameters) => {
          const table = parameters['w0'] as tf.Tensor2D;
          let x = tf.matMul(inputs['x'] as tf.Tensor2D, table) as tf.Tensor;
          for (let layer = 1; layer < 12; layer++) {
            const product = tf.matMul(x as tf.Tensor2D, inputs[`w${layer}`] as tf.Tensor2D);
            const scaled = tf.mul(tf.square(tf.sigmoid(product)), parameters[`scale${layer}`]!);
            x = tf.add(x, scaled);
          }
          const logits = tf.matMul(x as tf.Tensor2D, table, false, true);
          return { loss: tf.mean(tf.square(logits)) as tf.Scalar };
        },
        Object.fromEntries(
          Object.entries(inputs).filter(([name]) => name === 'w0' || name.startsWith('scale')),
        ),
      );
      return { loss: outputs.loss, ...gradients };
    };
    const plain = recordFunction('test', tied, specsOf(12)).graph;
    expect(bytesHeld(rematerialize(plain))).toBeLessThan(0.8 * bytesHeld(plain));
  });

  it('lets copies wait for what the gradient computed before their reader', () => {
    const graph = rematerialize(recordFunction('test', trainingOf(12), specsOf(12)).graph);
    const made = new Map(
      graph.nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)),
    );
    const waits = graph.nodes.filter(
      ({ op, inputs }) => op === 'Reshape' && made.get(inputs[1]?.id ?? -1)?.op === 'Concat',
    );
    expect(waits.length).toBeGreaterThan(2);
    const before = waits.map(({ inputs }) => {
      const [nothing] = made.get(inputs[1]!.id)!.inputs;
      return made.get(nothing!.id)!.inputs[0]!.id;
    });
    expect(new Set(before).size).toBe(before.length);
  });

  it('changes no digit', async () => {
    const device = await openCpuDevice({ threads: 1 });
    const feeds = Object.fromEntries(
      Object.entries(specsOf(3)).map(([name, spec], seed) => [name, numbers(spec, seed)]),
    );
    const results = [];
    for (const repeated of [false, true]) {
      const step = device.jit('step', trainingOf(3), { repeated });
      const outputs = await step(feeds);
      const names = Object.keys(outputs).sort();
      results.push(await Promise.all(names.map((name) => device.read(outputs[name]!))));
    }
    await device.close();
    expect(results[1]).toEqual(results[0]);
  });

  it('leaves a graph alone that holds nothing for long', () => {
    const { graph } = recordFunction('test', ({ x }) => ({ y: tf.sum(tf.exp(x!)) }), { x: wide });
    expect(rematerialize(graph)).toBe(graph);
  });

  it('leaves a graph alone in which what is cheap to make is a small part of all', () => {
    const { graph } = recordFunction('test', trainingOf(12), specsOf(12));
    const heavy: Graph = {
      ...graph,
      inputs: [
        ...graph.inputs,
        { name: 'table', value: { id: -1, shape: [2048, 8192], element: 'float32' } },
      ],
    };
    expect(rematerialize(graph)).not.toBe(graph);
    expect(rematerialize(heavy)).toBe(heavy);
  });

  it('holds values that are small', () => {
    const specs = { x: { shape: [8], dtype: 'float32' } } as const;
    const fn = (inputs: TensorMap) =>
      valueAndGradients(
        ({ x }) => ({ loss: tf.sum(tf.sigmoid(tf.sigmoid(x!))) as tf.Scalar }),
        inputs,
      ).gradients;
    const { graph } = recordFunction('test', fn, specs);
    expect(rematerialize(graph)).toBe(graph);
  });
});

function numbers({ shape }: TensorSpec, seed: number): HostTensor {
  const data = Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 7 + seed) / 20);
  return { shape, dtype: 'float32', data };
}
