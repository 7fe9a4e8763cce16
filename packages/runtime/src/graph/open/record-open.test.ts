import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TensorFunction } from '../../device.ts';
import { tf } from '../../tf.ts';
import type { Graph } from '../graph.ts';
import { writeOnnxFile } from './onnx-file.ts';
import { openOnnx, type OnnxTensor } from './open-onnx.ts';
import { recordOpen, type OpenFeed } from './record-open.ts';

const lengths = [
  { rows: 34, columns: 38 },
  { rows: 46, columns: 62 },
  { rows: 58, columns: 74 },
];

const record = (fn: TensorFunction, feeds: Record<string, OpenFeed>) =>
  recordOpen('a function', fn, feeds, { lengths });

const matrix: OpenFeed = { shape: ['rows', 'columns'], dtype: 'float32' };

async function run(graph: Graph, feeds: Record<string, OnnxTensor>): Promise<OnnxTensor> {
  const folder = await mkdtemp(join(tmpdir(), 'record-open-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const pieces: Uint8Array[] = [];
  const names = new Map(
    [...graph.inputs, ...graph.outputs].map(({ name, value }) => [value, name]),
  );
  const model = { graph, names, tensors: [] };
  await writeOnnxFile(model, new Map(), async (piece) => void pieces.push(piece));
  const path = join(folder, 'model.onnx');
  await writeFile(path, Buffer.concat(pieces));
  const opened = await openOnnx(path);
  onTestFinished(() => opened.close());
  return (await opened.run(feeds))['y']!;
}

const numbers = (...shape: number[]): OnnxTensor => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
});

test('shapes, fillings and slices follow the lengths of a run', async () => {
  const graph = record(
    ({ x }) => {
      const [rows, columns] = x!.shape as [number, number];
      const flat = tf.reshape(x!, [rows * columns]);
      const twice = tf.concat([flat, tf.fill([rows * columns], 7)]);
      return { y: tf.slice(twice, [rows * columns], [rows * columns]) };
    },
    { x: matrix },
  );
  const { shape, data } = await run(graph, { x: numbers(2, 3) });
  expect(shape).toEqual([6]);
  expect([...data]).toEqual([7, 7, 7, 7, 7, 7]);
});

test('a length may be the sum of two others that feeds have', async () => {
  const graph = recordOpen(
    'a function',
    ({ x }) => {
      const [rows, columns] = x!.shape as [number, number];
      return { y: tf.add(tf.fill([rows + columns], 2), tf.slice(x!, [0, 0], [1, 1])) };
    },
    { x: matrix },
    {
      lengths: lengths.map((each) => ({ ...each, both: each.rows + each.columns })),
      sums: { both: ['rows', 'columns'] },
    },
  );
  expect((await run(graph, { x: numbers(2, 3) })).shape).toEqual([1, 5]);
});

test('two unknown axes of a shape are computed, one that stays is copied', async () => {
  const graph = record(
    ({ x }) => {
      const [rows, columns] = x!.shape as [number, number, number];
      const mixed = tf.mul(tf.reshape(x!, [rows * columns, 4]), 2);
      const split = tf.relu(tf.reshape(mixed, [rows, columns, 2, 2]));
      return { y: tf.reshape(split, [rows, 2 * columns, 2]) };
    },
    { x: { shape: ['rows', 'columns', 4], dtype: 'float32' } },
  );
  const shapes = graph.nodes
    .filter(({ op }) => op === 'Reshape')
    .map(({ inputs: [, shape] }) =>
      [...(graph.constants.find(({ value }) => value === shape)?.data ?? [])].map(Number),
    );
  expect(shapes).toEqual([[-1, 4], [], [0, -1, 2]]);
  expect((await run(graph, { x: numbers(3, 5, 4) })).shape).toEqual([3, 10, 2]);
});

test('what is transposed to be joined and back again is joined as it lies', () => {
  const turned: OpenFeed = { shape: ['columns', 4], dtype: 'float32' };
  const graph = record(
    ({ past, x }) => ({ y: tf.transpose(tf.concat([tf.transpose(past!), tf.relu(x!)], 1)) }),
    { past: turned, x: { shape: [4, 'rows'], dtype: 'float32' } },
  );
  const [joined] = graph.nodes.filter(({ op }) => op === 'Concat');
  expect(joined!.inputs[0]).toBe(graph.inputs[0]!.value);
  expect(joined!.attributes).toEqual({ axis: 0 });
});

test('a function that does another thing at another length is refused', () => {
  const fn: TensorFunction = ({ x }) => ({ y: x!.shape[0]! > 40 ? tf.relu(x!) : tf.tanh(x!) });
  expect(() => record(fn, { x: matrix })).toThrow(
    'a function cannot be one graph for all lengths: node 0, Tanh, is another one',
  );
});

test('a number that follows no length is refused', () => {
  const fn: TensorFunction = ({ x }) => ({ y: tf.slice(x!, [x!.shape[0]! - 1, 0], [1, 38]) });
  expect(() => record(fn, { x: matrix })).toThrow('a constant that Slice reads follows no length');
});
