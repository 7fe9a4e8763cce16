import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { TunesmithError } from '@tunesmith/schema';
import type { DataType, HostData } from '../tensor.ts';
import type { Constant, Graph, Value } from './graph.ts';
import { giveBack, handOver, type OutsideNumbers } from './hand-over.ts';
import type { Ort } from './loader.ts';
import { valueName, writeOnnx } from './onnx.ts';
import { packFixed } from './pack.ts';

/** Constants of up to this many bytes are written into the model, where ONNX Runtime can fold them; larger ones are fed. */
const initializerBytes = 4096;

/** Buffers of fewer bytes are left to the garbage collector. */
const largeBytes = 2 ** 20;

/** Options of {@link createGraphSession}. */
export interface GraphSessionOptions {
  /** ONNX Runtime's options: the provider's, and where outputs shall lie. */
  readonly session: InferenceSession.SessionOptions;
  /** ONNX Runtime's options of runs that are large. */
  readonly largeRun?: InferenceSession.RunOptions | undefined;
  /** The numbers behind inputs that are the same in every run, for products to have in a layout of their own. */
  readonly fixed?: ReadonlyMap<Value, OutsideNumbers>;
  /**
   * Whether large constants are fed in every run, so that sessions share them: free where tensors are in main memory. Else each
   * session has its copy, in the memory of its hardware.
   */
  readonly feedsConstants?: boolean;
  /** Whether products have all fixed matrices in a layout of their own, whatever they take; see `packFixed`. */
  readonly packsAll?: boolean;
}

/** An output that a session made, in memory that is the session's. */
export interface Lent {
  readonly tensor: OrtTensor;
  /** Gives it back; once. */
  free(): void;
}

/** A graph that ONNX Runtime has taken in. Inputs and outputs go by their names in the graph. */
export interface GraphSession {
  /** The names of the inputs that it reads: all but those that products have in a layout of their own. */
  readonly inputs: readonly string[];
  /**
   * Runs the graph and writes those of its outputs that are given into the tensors given.
   *
   * @param isLarge whether the run takes much memory
   */
  runInto(
    feeds: Readonly<Record<string, OrtTensor>>,
    outputs: Readonly<Record<string, OrtTensor>>,
    isLarge?: boolean,
  ): Promise<void>;
  /** Runs the graph; its outputs, all of them, are tensors of the session's own. */
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Record<string, Lent>>;
  /** Gives the session back, as soon as the last of its outputs is freed: they lie in its buffers. */
  release(): Promise<void>;
}

/** ONNX Runtime's view of a typed array; no copy. */
export function ortTensor(
  ort: Ort,
  dtype: DataType,
  data: HostData,
  shape: readonly number[],
): OrtTensor {
  return new ort.Tensor(dtype as 'float32', data as Float32Array, shape);
}

/** Writes the graph as a model and creates a session for it. */
export async function createGraphSession(
  ort: Ort,
  label: string,
  recorded: Graph,
  {
    session: sessionOptions,
    largeRun,
    fixed = new Map(),
    feedsConstants = true,
    packsAll = false,
  }: GraphSessionOptions,
): Promise<GraphSession> {
  const inside = new Set(recorded.constants.filter(mustBeWritten));
  const large = recorded.constants.filter((constant) => !inside.has(constant));
  const fed: Record<string, OrtTensor> = {};
  for (const { value, data } of feedsConstants ? large : [])
    fed[valueName(value)] = ortTensor(
      ort,
      value.element as DataType,
      data as HostData,
      value.shape,
    );
  const { graph: whole, packed } = packFixed(recorded, fixed, packsAll ? Infinity : undefined);
  const graph = withoutUnread(whole);
  const outside = new Map([...packed, ...(feedsConstants ? [] : large.map(known))]);
  const operations = graph.nodes.length;
  const { options, done } = await handOver(outside, sessionOptions);
  const session = await explain(label, operations, () =>
    ort.InferenceSession.create(writeOnnx(graph, { inside, outside }), options),
  ).finally(done);
  const inputName = new Map(graph.inputs.map(({ name, value }) => [name, valueName(value)]));
  const outputName = new Map(graph.outputs.map(({ name, value }) => [name, valueName(value)]));
  const givenOf = (feeds: Readonly<Record<string, OrtTensor>>): Record<string, OrtTensor> => {
    const given: Record<string, OrtTensor> = { ...fed };
    for (const [name, tensor] of Object.entries(feeds)) {
      const input = inputName.get(name);
      if (input !== undefined) given[input] = tensor;
    }
    return given;
  };
  let lent = 0;
  let isReleased = false;
  const lend = (tensor: OrtTensor): Lent => {
    lent++;
    return {
      tensor,
      free() {
        tensor.dispose();
        lent--;
        if (isReleased && lent === 0) void session.release();
      },
    };
  };
  return {
    inputs: [...inputName.keys()],
    async runInto(feeds, outputs, isLarge = false) {
      const fetches: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(outputs))
        fetches[outputName.get(name) as string] = tensor;
      if (Object.keys(fetches).length === 0) return;
      const copies = await explain(label, operations, () =>
        session.run(givenOf(feeds), fetches, isLarge && largeRun ? largeRun : {}),
      );
      // onnxruntime-node returns a copy of every output, also of one that it wrote where it was told to. Those of a whole model's
      // parameters are too much to wait for the garbage collector.
      giveBack(
        Object.entries(copies).flatMap(([name, { data }]) =>
          data === fetches[name]?.data || (data as HostData).byteLength < largeBytes
            ? []
            : [(data as HostData).buffer],
        ),
      );
    },
    async run(feeds) {
      const results = await explain(label, operations, () => session.run(givenOf(feeds)));
      return Object.fromEntries(
        Array.from(outputName, ([name, value]) => [name, lend(results[value] as OrtTensor)]),
      );
    },
    async release() {
      isReleased = true;
      if (lent === 0) await session.release();
    },
  };
}

function known({ value, data }: Constant): [Value, OutsideNumbers] {
  const { byteLength } = data;
  return [value, { byteLength, read: async () => ({ data, areSpare: false }) }];
}

/** Without the inputs whose readers all have constants in their place. */
function withoutUnread(graph: Graph): Graph {
  const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs.map((input) => input?.id)));
  for (const { value } of graph.outputs) read.add(value.id);
  return { ...graph, inputs: graph.inputs.filter(({ value }) => read.has(value.id)) };
}

/** Small constants, and those of element types that cannot be fed. */
function mustBeWritten({ value, data }: Constant): boolean {
  const isFeedable = ['float32', 'int32', 'bool', 'int8', 'uint8'].includes(value.element);
  return !isFeedable || data.byteLength <= initializerBytes;
}

async function explain<T>(label: string, operations: number, f: () => Promise<T>): Promise<T> {
  try {
    return await f();
  } catch (error) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'execution-failed',
      message: `ONNX Runtime could not run ${label} (${operations} operations): ${(error as Error).message}`,
      kind: 'failure',
      cause: error,
    });
  }
}
