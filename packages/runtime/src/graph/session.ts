import type * as OrtModule from 'onnxruntime-node';
import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { TunesmithError } from '@tunesmith/schema';
import type { DataType, HostData } from '../tensor.ts';
import type { Constant, Graph, Value } from './graph.ts';
import { valueName, writeOnnx } from './onnx.ts';
import { packFixed } from './pack.ts';

type Ort = typeof OrtModule;

/** Constants of up to this many bytes are written into the model, where ONNX Runtime can fold them; larger ones are fed. */
const initializerBytes = 4096;

/** Options of {@link createGraphSession}. */
export interface SessionOptions {
  /** Threads inside one operation. */
  readonly threads: number;
  /** Keep the working memory of one run for the next. */
  readonly keepMemory?: boolean;
  /** The numbers behind inputs that are the same in every run; they are fed as all others are. */
  readonly fixed?: ReadonlyMap<Value, HostData>;
  /** ONNX Runtime's own options, over ours. */
  readonly overrides?: InferenceSession.SessionOptions;
}

/** A graph that ONNX Runtime has taken in. */
export interface GraphSession {
  /** Runs the graph: inputs and outputs under the names in the graph; outputs are written into the tensors given. */
  run(
    feeds: Readonly<Record<string, OrtTensor>>,
    outputs: Readonly<Record<string, OrtTensor>>,
  ): Promise<void>;
  release(): Promise<void>;
}

/**
 * Loads ONNX Runtime. It is loaded when the first device is opened, not when the package is imported.
 *
 * @throws TunesmithError `device-unavailable` where it is not installed or does not load; `accepted` says what helps
 */
export async function loadOrt(): Promise<Ort> {
  try {
    const module = (await import('onnxruntime-node')) as Ort & { default?: Ort };
    return module.default ?? module;
  } catch (error) {
    throw unloaded(error as Error & { code?: string });
  }
}

/**
 * What helps where ONNX Runtime is missing. Its install script fetches libraries for graphics cards from elsewhere; where it
 * cannot, npm leaves the whole package out. With the variable it installs what runs on the processor alone.
 */
const remedy = 'install it: ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node@1.30.0';

/** What went wrong when ONNX Runtime was imported, and what helps. */
export function unloaded(cause: Error & { code?: string }): TunesmithError {
  const isMissing =
    cause.code === 'ERR_MODULE_NOT_FOUND' && cause.message.includes("'onnxruntime-node'");
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message: isMissing
      ? 'the package onnxruntime-node is not installed'
      : `ONNX Runtime does not load: ${cause.message}`,
    accepted: remedy,
    kind: 'failure',
    cause,
  });
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
  { threads, keepMemory = false, fixed = new Map(), overrides }: SessionOptions,
): Promise<GraphSession> {
  const inside = new Set(recorded.constants.filter(mustBeWritten));
  const fed: Record<string, OrtTensor> = {};
  for (const { value, data } of recorded.constants.filter((constant) => !inside.has(constant)))
    fed[valueName(value)] = ortTensor(
      ort,
      value.element as DataType,
      data as HostData,
      value.shape,
    );
  const { graph, added: outside } = packFixed(recorded, fixed);
  const operations = graph.nodes.length;
  const options: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // What is recorded is what runs: ONNX Runtime's optimizers gain nothing on it and take as long as all else here.
    graphOptimizationLevel: 'disabled',
    // An arena keeps what its session once needed; without one all sessions share the process's memory.
    enableCpuMemArena: keepMemory,
    // A memory pattern keeps a second block as large as all intermediates together.
    enableMemPattern: false,
    // What goes wrong is thrown and explained; ONNX Runtime's own lines would come on top.
    logSeverityLevel: 4,
    // A waiting worker looks for the next operation this long before it sleeps. Longer, it steals time from whatever else
    // the machine does (two trainings at once: 5 % at 200 µs, 20 % at 1 ms); shorter, it wakes up late (5 % at 50 µs).
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '200' } } },
    externalData: Array.from(outside, ({ value, data }) => ({
      path: valueName(value),
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
    ...overrides,
  };
  const session = await explain(label, operations, () =>
    ort.InferenceSession.create(writeOnnx(graph, { inside, outside }), options),
  );
  const inputName = new Map(graph.inputs.map(({ name, value }) => [name, valueName(value)]));
  const outputName = new Map(graph.outputs.map(({ name, value }) => [name, valueName(value)]));
  return {
    async run(feeds, outputs) {
      const given: Record<string, OrtTensor> = { ...fed };
      for (const [name, tensor] of Object.entries(feeds)) {
        const input = inputName.get(name);
        if (input !== undefined) given[input] = tensor;
      }
      const fetches: Record<string, OrtTensor> = {};
      for (const [name, tensor] of Object.entries(outputs))
        fetches[outputName.get(name) as string] = tensor;
      await explain(label, operations, () => session.run(given, fetches));
    },
    release: () => session.release(),
  };
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
