import { describe, expect, it } from 'vitest';
import { openDevice } from '../devices/node-devices.ts';
import { valueAndGradients } from '../gradients.ts';
import type { TensorMap, TensorSpec } from '../tensor.ts';
import { tf } from '../tf.ts';
import { recordFunction } from './compile.ts';
import { constant, int64Constant, record, recomputed } from './record.ts';

const vector: TensorSpec = { shape: [3], dtype: 'float32' };
const x = (inputs: TensorMap): tf.Tensor => inputs.x as tf.Tensor;

/** The operators that `fn` of one vector `x` leaves in its graph. */
function operators(fn: (inputs: TensorMap) => TensorMap): string[] {
  return recordFunction('test', fn, { x: vector }).graph.nodes.map(({ op }) => op);
}

describe('recording', () => {
  it('takes products that each target runs itself: WebGPU has none that transposes', () => {
    const specs = { a: { shape: [2, 3], dtype: 'float32' }, b: { shape: [4, 3], dtype: 'float32' } } as const; // prettier-ignore
    const fn = ({ a, b }: TensorMap) => ({ y: tf.matMul(a as tf.Tensor, b as tf.Tensor, false, true) }); // prettier-ignore
    const recorded = (target: string) =>
      recordFunction('test', fn, specs, target).graph.nodes.map(({ op }) => op);
    expect(recorded('cpu')).toEqual(['FusedMatMul']);
    expect(recorded('webgpu')).toEqual(['Transpose', 'MatMul']);
  });

  it('leaves out what no output depends on', () => {
    const { graph } = recordFunction(
      'test',
      (inputs) => {
        tf.exp(x(inputs));
        return { y: tf.neg(x(inputs)) };
      },
      { x: vector, unused: vector },
    );
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Neg']);
    expect(graph.inputs.map(({ name }) => name)).toEqual(['x']);
  });

  it('records equal operations once', () => {
    const fn = (inputs: TensorMap) => ({ y: tf.add(tf.exp(x(inputs)), tf.exp(x(inputs))) });
    expect(operators(fn)).toEqual(['Exp', 'Add']);
  });

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['times 1', (x) => tf.mul(x, 1)],
    ['plus 0', (x) => tf.add(x, 0)],
    ['by 1', (x) => tf.div(x, 1)],
  ])('counts the gradient through x %s once', async (_, same) => {
    const device = await openDevice('cpu');
    const run = device.jit('gradient', (inputs) => {
      const loss = (parameters: TensorMap) => ({ loss: tf.sum<tf.Scalar>(same(x(parameters))) });
      return valueAndGradients(loss, { x: x(inputs) }).gradients;
    });
    const found = await run({ x: { ...vector, data: Float32Array.of(1, 2, 3) } });
    expect([...(await device.read(found['x']!)).data]).toEqual([1, 1, 1]);
    await device.close();
  });

  it('makes one input of a tensor that is fed under two names', () => {
    const { graph } = recordFunction(
      'test',
      ({ a, b }) => ({ y: tf.add(tf.exp(a as tf.Tensor), tf.exp(b as tf.Tensor)) }),
      { a: vector, b: { ...vector, same: 'a' } },
    );
    expect(graph.inputs.map(({ name }) => name)).toEqual(['a']);
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Exp', 'Add']);
  });

  it('keeps integers of one byte as they are; tfjs sees int32, and so do outputs', () => {
    const { graph, outputs } = recordFunction(
      'test',
      ({ q }) => ({ wide: tf.cast(q as tf.Tensor, 'float32'), same: tf.transpose(q as tf.Tensor) }),
      { q: { shape: [2, 3], dtype: 'int8' } },
    );
    expect(graph.inputs.map(({ value }) => value.element)).toEqual(['int8']);
    expect(graph.nodes.map(({ op, outputs: [to] }) => `${op} ${to?.element}`)).toEqual([
      'Cast float32',
      'Transpose int8',
      'Cast int32',
    ]);
    expect(outputs['same']?.dtype).toBe('int32');
  });

  it('records them again where they are to be recomputed', () => {
    const fn = (inputs: TensorMap) => ({
      y: tf.add(
        tf.exp(x(inputs)),
        recomputed(() => tf.exp(x(inputs))),
      ),
    });
    expect(operators(fn)).toEqual(['Exp', 'Exp', 'Add']);
  });

  it('computes at once what depends on constants only', () => {
    const fn = (inputs: TensorMap) => ({
      y: tf.mul(x(inputs), tf.exp(tf.sum(tf.ones([3])))),
    });
    const { graph } = recordFunction('test', fn, { x: vector });
    expect(graph.nodes.map(({ op }) => op)).toEqual(['Mul']);
    expect(graph.constants.map(({ data }) => data[0])).toEqual([Math.fround(Math.exp(3))]);
  });

  it('names open axes alike where the same tensor gives their length', () => {
    const first = (length: tf.Tensor, from: tf.Tensor): tf.Tensor =>
      record({
        op: 'Slice',
        inputs: [from, int64Constant([0]), length],
        outputs: [{ ...vector, open: { 0: length } }],
      })[0] as tf.Tensor;
    const { graph } = recordFunction(
      'test',
      (inputs) => {
        const [one, two] = [int64Constant([1]), int64Constant([2])];
        const [a, b, c] = [
          first(one, x(inputs)),
          first(one, tf.exp(x(inputs))),
          first(two, x(inputs)),
        ];
        return { y: tf.add(tf.sum(tf.add(a, b)), tf.sum(c)) };
      },
      { x: vector },
    );
    const names = graph.nodes
      .filter(({ op }) => op === 'Slice')
      .map((node) => node.outputs[0]?.open?.[0]);
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('keeps one copy of equal constants', () => {
    const mask = (): tf.Tensor =>
      constant({ shape: [3], dtype: 'float32', data: Float32Array.of(1, 0, 1) });
    const fn = (inputs: TensorMap) => ({ y: tf.add(tf.mul(x(inputs), mask()), mask()) });
    expect(recordFunction('test', fn, { x: vector }).graph.constants).toHaveLength(1);
  });

  it('uses a broadcast tensor without spreading it out', () => {
    const fn = (inputs: TensorMap) => ({
      y: tf.mul(tf.broadcastTo(inputs.row as tf.Tensor, [4, 3]), inputs.x as tf.Tensor),
    });
    const specs: Record<string, TensorSpec> = {
      x: { shape: [4, 3], dtype: 'float32' },
      row: { shape: [1, 3], dtype: 'float32' },
    };
    expect(recordFunction('test', fn, specs).graph.nodes.map(({ op }) => op)).toEqual(['Mul']);
  });

  it('adds nothing for a gradient of one', () => {
    const fn = (inputs: TensorMap) => {
      const { gradients } = valueAndGradients(
        ({ x: p }) => ({ loss: tf.sum(tf.square(p as tf.Tensor)) as tf.Scalar }),
        { x: x(inputs) },
      );
      return gradients;
    };
    expect(operators(fn)).toEqual(['Mul']);
  });

  it('takes nodes of ONNX Runtime itself', () => {
    const fn = (inputs: TensorMap) => {
      const inputsOfNode = [x(inputs), int64Constant([0])];
      return {
        y: record({
          op: 'ReduceL2',
          inputs: inputsOfNode,
          outputs: [{ shape: [1], dtype: 'float32' }],
        })[0] as tf.Tensor,
      };
    };
    expect(operators(fn)).toEqual(['ReduceL2']);
  });

  it('does not differentiate a recorded node in silence', () => {
    const fn = (inputs: TensorMap) => {
      const { gradients } = valueAndGradients(
        ({ x: p }) => {
          const [y] = record({ op: 'Erf', inputs: [p as tf.Tensor], outputs: [vector] });
          return { loss: tf.sum(y as tf.Tensor) as tf.Scalar };
        },
        { x: x(inputs) },
      );
      return gradients;
    };
    expect(() => operators(fn)).toThrow(/gradient function not found/);
  });

  it('refuses a kernel that it does not record, by name', () => {
    const fn = (inputs: TensorMap) => ({ y: tf.unique(x(inputs)).values });
    expect(() => operators(fn)).toThrow(
      /"Unique" cannot be compiled: the shape of its result depends on values/,
    );
  });

  it('refuses to read values that do not exist yet', () => {
    const fn = (inputs: TensorMap) => ({ y: tf.scalar(tf.sum(x(inputs)).dataSync()[0] as number) });
    expect(() => operators(fn)).toThrow(/values of a tensor were read/);
  });

  it('refuses random numbers drawn in JavaScript', () => {
    const fn = (inputs: TensorMap) => ({ y: tf.dropout(x(inputs), 0.5) });
    expect(() => operators(fn)).toThrow(/same in every step/);
    expect(Math.random()).not.toBe(Math.random());
  });

  it('refuses a tensor kept from an earlier recording', () => {
    let kept: tf.Tensor | undefined;
    const fn = (inputs: TensorMap) => {
      const y = kept === undefined ? tf.neg(x(inputs)) : tf.add(x(inputs), kept);
      kept ??= tf.keep(y);
      return { y };
    };
    operators(fn);
    expect(() => operators(fn)).toThrow(/earlier recording|disposed/);
  });

  it('refuses arithmetic on booleans, which tfjs lets grow beyond one', () => {
    const fn = (inputs: TensorMap) => {
      const positive = tf.greater(x(inputs), 0);
      return { y: tf.add(positive, positive) };
    };
    expect(() => operators(fn)).toThrow(/cast them to int32/);
  });

  it('gives the previous backend back, also after an error', () => {
    void tf.setBackend('cpu');
    expect(() =>
      operators(() => {
        throw new Error('planted');
      }),
    ).toThrow('planted');
    expect(tf.getBackend()).toBe('cpu');
  });
});
