import { describe, expect, it } from 'vitest';
import { valueAndGradients } from '../gradients.ts';
import type { TensorMap, TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import type { Graph } from './graph.ts';
import { originsOf, placeOfMost } from './liveness.ts';
import { rematerialize } from './rematerialize.ts';

const wide: TensorSpec = { shape: [256, 512], dtype: 'float32' };
const square: TensorSpec = { shape: [512, 512], dtype: 'float32' };

/** A chain of layers `x + sigmoid(x · W)² · V` with the gradients of its vectors: the backward pass reads every sigmoid again. */
function training(layers: number): Graph {
  const specs: Record<string, TensorSpec> = { x: wide };
  for (let layer = 0; layer < layers; layer++) {
    specs[`w${layer}`] = square;
    specs[`scale${layer}`] = { shape: [512], dtype: 'float32' };
  }
  const fn = (inputs: TensorMap): TensorMap => {
    const scales = Object.entries(inputs).filter(([name]) => name.startsWith('scale'));
    const { outputs, gradients } = valueAndGradients((parameters) => {
      let x = inputs['x'] as tf.Tensor;
      for (let layer = 0; layer < layers; layer++) {
        const product = tf.matMul(x as tf.Tensor2D, inputs[`w${layer}`] as tf.Tensor2D);
        x = tf.add(x, tf.mul(tf.square(tf.sigmoid(product)), parameters[`scale${layer}`]!));
      }
      return { loss: tf.mean(x) as tf.Scalar };
    }, Object.fromEntries(scales));
    return { loss: outputs.loss, ...gradients };
  };
  return recordFunction('test', fn, specs).graph;
}

const bytesHeld = (graph: Graph): number => {
  const origins = originsOf(graph);
  const place = placeOfMost(graph, origins);
  const held = new Set<unknown>();
  graph.nodes.forEach(({ inputs, outputs }, at) => {
    const values = at > place ? inputs : at === place ? [...inputs, ...outputs] : [];
    for (const value of values) {
      const source = value && origins.memoryOf(value);
      const from = source && origins.madeAt(source);
      if (from !== undefined && from <= place) held.add(source);
    }
  });
  return [...held].reduce<number>(
    (sum, value) => sum + 4 * (value as { shape: number[] }).shape.reduce((a, b) => a * b, 1),
    0,
  );
};

const operators = ({ nodes }: Graph): string[] => nodes.map(({ op }) => op);
const count = (graph: Graph, op: string): number =>
  operators(graph).filter((each) => each === op).length;

describe('rematerialization', () => {
  it('makes activations again instead of holding them, and no product', () => {
    const plain = training(4);
    const { graph, again } = rematerialize(plain);
    expect(again.size).toBeGreaterThan(0);
    expect(new Set(Array.from(again, ({ op }) => op))).not.toContain('MatMul');
    expect(count(graph, 'MatMul')).toBe(count(plain, 'MatMul'));
    expect(bytesHeld(graph)).toBeLessThan(bytesHeld(plain));
  });

  it('lets each copy wait for what was computed last before its reader', () => {
    const { graph, again } = rematerialize(training(4));
    const producers = new Map(
      graph.nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)),
    );
    for (const copy of again) {
      const before = copy.inputs.map((input) => input && producers.get(input.id));
      const waits = before.some((node) => node && (node.op === 'Reshape' || again.has(node)));
      expect(waits, copy.op).toBe(true);
    }
  });

  it('leaves a graph alone that holds nothing for long', () => {
    const { graph } = recordFunction('test', ({ x }) => ({ y: tf.sum(tf.exp(x!)) }), { x: wide });
    expect(rematerialize(graph).graph).toBe(graph);
  });

  it('holds values that are small', () => {
    const specs = { x: { shape: [8], dtype: 'float32' } } as const;
    const fn = (inputs: TensorMap) =>
      valueAndGradients(
        ({ x }) => ({ loss: tf.sum(tf.sigmoid(tf.sigmoid(x!))) as tf.Scalar }),
        inputs,
      ).gradients;
    const { graph } = recordFunction('test', fn, specs);
    expect(rematerialize(graph).graph).toBe(graph);
  });
});
