import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Graph, GraphNode, Value } from '../../graph/graph.ts';
import type { Ort } from '../../graph/loader.ts';
import {
  createGraphSession,
  ortTensor,
  type GraphSession,
  type Lent,
} from '../../graph/session.ts';
import { type DataType, type HostData, type HostTensor, type TensorSpec } from '../../tensor.ts';
import type { Provider } from '../provider.ts';

/** How numbers come onto hardware whose buffers only ONNX Runtime can reach, and back. */
export interface Transfers {
  /** A copy on the hardware. */
  put(host: HostTensor): Promise<Lent>;
  /** A copy of the numbers of a tensor on the hardware. */
  get(spec: TensorSpec, tensor: OrtTensor): Promise<HostData>;
  /** `target` with rows from `firstRow` on replaced: a new tensor on the hardware. */
  writeRows(
    target: TensorSpec,
    tensor: OrtTensor,
    firstRow: number,
    rows: OrtTensor,
    shape: readonly number[],
  ): Promise<Lent>;
  close(): Promise<void>;
}

/**
 * Transfers by small graphs, made once for each dtype and rank, with every axis open: `Identity`, whose output is left on the
 * hardware or in main memory, and for rows `Concat(target[:first], rows, target[first + n:])`.
 */
export function createTransfers(ort: Ort, provider: Provider): Transfers {
  const sessions = new Map<string, Promise<GraphSession>>();
  const sessionFor = (
    label: string,
    location: 'cpu' | 'gpu-buffer',
    make: () => Graph,
  ): Promise<GraphSession> => {
    const known = sessions.get(label);
    if (known !== undefined) return known;
    const session = createGraphSession(ort, label, make(), {
      session: { ...provider.session(false), preferredOutputLocation: location },
    });
    sessions.set(label, session);
    return session;
  };
  const copy = async (
    to: 'cpu' | 'gpu-buffer',
    { shape, dtype }: TensorSpec,
    x: OrtTensor,
  ): Promise<Lent> => {
    const label = `copy to ${to}, ${dtype} of rank ${shape.length}`;
    const session = await sessionFor(label, to, () => identity(dtype, shape.length));
    return (await session.run({ x }))['y'] as Lent;
  };

  return {
    put: ({ shape, dtype, data }) =>
      copy('gpu-buffer', { shape, dtype }, ortTensor(ort, dtype, data, shape)),
    async get(spec, tensor) {
      const copied = await copy('cpu', spec, tensor);
      const data = copied.tensor.data as HostData;
      copied.free();
      return data;
    },
    async writeRows({ shape, dtype }, tensor, firstRow, rows, rowsShape) {
      const [held = 0] = shape;
      const [count = 0] = rowsShape;
      const before = firstRow > 0;
      const after = firstRow + count < held;
      const label = `write rows, ${dtype} of rank ${shape.length}${before ? ', after others' : ''}${after ? ', before others' : ''}`;
      const session = await sessionFor(label, 'gpu-buffer', () =>
        replaceRows(dtype, shape.length, before, after),
      );
      const at = (row: number): OrtTensor => ortTensor(ort, 'int32', Int32Array.of(row), [1]);
      const feeds = { x: tensor, rows, first: at(firstRow), last: at(firstRow + count) };
      return (await session.run(feeds))['y'] as Lent;
    },
    async close() {
      for (const session of sessions.values()) {
        try {
          await (await session).release();
        } catch {
          // It never came to be: whoever asked for it has the error.
        }
      }
      sessions.clear();
    },
  };
}

/** A value all of whose axes are open. */
function openValue(id: number, element: DataType, rank: number): Value {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const open = Object.fromEntries(axes.map((axis) => [axis, `a${id}-${axis}`]));
  return { id, shape: axes.map(() => 1), element, open };
}

function identity(dtype: DataType, rank: number): Graph {
  const [x, y] = [openValue(0, dtype, rank), openValue(1, dtype, rank)];
  const node = { op: 'Identity', domain: '', inputs: [x], outputs: [y], attributes: {} };
  return {
    inputs: [{ name: 'x', value: x }],
    outputs: [{ name: 'y', value: y }],
    nodes: [node],
    constants: [],
  };
}

/** `x[:first]`, where `before`, then the rows, then `x[last:]`, where `after`. */
function replaceRows(dtype: DataType, rank: number, before: boolean, after: boolean): Graph {
  let id = 0;
  const tensor = (): Value => openValue(id++, dtype, rank);
  const index = (): Value => ({ id: id++, shape: [1], element: 'int32' });
  const [x, rows, first, last, y] = [tensor(), tensor(), index(), index(), tensor()];
  const [zero, end] = [index(), index()];
  const slice = (from: Value, to: Value): GraphNode => ({
    op: 'Slice',
    domain: '',
    inputs: [x, from, to, zero],
    outputs: [tensor()],
    attributes: {},
  });
  const head = before ? [slice(zero, first)] : [];
  const tail = after ? [slice(last, end)] : [];
  const parts = [
    ...head.flatMap((node) => node.outputs),
    rows,
    ...tail.flatMap((node) => node.outputs),
  ];
  const concat = { op: 'Concat', domain: '', inputs: parts, outputs: [y], attributes: { axis: 0 } };
  return {
    inputs: [
      { name: 'x', value: x },
      { name: 'rows', value: rows },
      ...(before ? [{ name: 'first', value: first }] : []),
      ...(after ? [{ name: 'last', value: last }] : []),
    ],
    outputs: [{ name: 'y', value: y }],
    nodes: [...head, ...tail, concat],
    constants: [
      { value: zero, data: Int32Array.of(0) },
      { value: end, data: Int32Array.of(2 ** 31 - 1) },
    ],
  };
}
