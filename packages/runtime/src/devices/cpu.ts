import { availableParallelism } from 'node:os';
import type { Tensor as OrtTensor } from 'onnxruntime-node';
import { TunesmithError } from '@tunesmith/schema';
import type {
  Device,
  DeviceOptions,
  DevicePlugin,
  Feeds,
  JitOptions,
  Jitted,
  TensorFunction,
} from '../device.ts';
import { recordFunction, type FeedSpec } from '../graph/compile.ts';
import { createGraphSession, loadOrt, ortTensor, type GraphSession } from '../graph/session.ts';
import {
  checkHostTensor,
  isHostTensor,
  sizeOf,
  type DeviceTensor,
  type HostData,
  type HostTensor,
  type TensorSpec,
} from '../tensor.ts';
import { checkRows, closedDevice, disposedTensor, foreignTensor, withFixed } from './feeds.ts';
import { createPool } from './pool.ts';

/** A handle of the compiled device: the typed array behind it, and ONNX Runtime's view of that. */
interface CpuTensor extends DeviceTensor {
  array: HostData | undefined;
  view: OrtTensor | undefined;
  /** True while nobody but this handle knows the array: only then it may be used again. */
  isOwn: boolean;
  /** Calls under way that read the array: it is not used again under their feet. */
  readers: number;
}

/** A compiled signature. */
interface Executable {
  readonly session: GraphSession | undefined;
  readonly inputs: readonly string[];
  readonly outputs: Readonly<Record<string, TensorSpec>>;
}

/** Options of the compiled device. */
export interface CpuDeviceOptions extends DeviceOptions {
  /** ONNX Runtime's session options (`InferenceSession.SessionOptions`), over ours: for measurements. */
  readonly session?: Readonly<Record<string, unknown>>;
}

/** More threads than this many a core only wait for one another. */
const threadsPerCore = 4;

/** @throws TunesmithError `too-many-threads` */
function checkThreads(threads: number): number {
  const cores = availableParallelism();
  const most = Math.max(64, threadsPerCore * cores);
  if (threads <= most) return threads;
  throw new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'too-many-threads',
    message: `threads is ${threads}, and this machine has ${cores} cores`,
    value: threads,
    accepted: `1 to ${most}`,
  });
}

/** Opens the compiled device; see {@link cpuDevice}. */
export async function openCpuDevice(options: CpuDeviceOptions = {}): Promise<Device> {
  const name = 'cpu';
  const ort = await loadOrt();
  const threads = checkThreads(options.threads ?? availableParallelism());
  const owned = new WeakSet<DeviceTensor>();
  const pool = createPool();
  const executables = new Set<Promise<Executable>>();
  // Functions made for a moment (an evaluation, one generation) take their sessions along when they are forgotten.
  const forgotten = new FinalizationRegistry<Map<string, Promise<Executable>>>((bySignature) => {
    for (const executable of bySignature.values()) {
      if (executables.delete(executable)) void release(executable);
    }
  });

  /** Calls under way: what they use is neither forgotten nor used again. */
  const calls = new Set<{ readonly jitted: Jitted }>();
  let isClosed = false;

  const isCpuTensor = (feed: DeviceTensor | HostTensor): feed is CpuTensor =>
    owned.has(feed as DeviceTensor);
  const wrap = ({ shape, dtype }: TensorSpec, data: HostData, isOwn: boolean): CpuTensor => {
    const handle: CpuTensor = {
      shape,
      dtype,
      array: data,
      isOwn,
      readers: 0,
      view: undefined,
      dispose() {
        const isFree = handle.isOwn && handle.readers === 0;
        if (handle.array !== undefined && isFree) pool.give(handle.array);
        handle.array = undefined;
        handle.view = undefined;
      },
    };
    owned.add(handle);
    return handle;
  };
  const held = (
    what: string,
    handle: DeviceTensor | undefined,
  ): CpuTensor & { array: HostData } => {
    if (handle === undefined || handle === null || !owned.has(handle))
      throw foreignTensor(name, what, handle);
    if ((handle as CpuTensor).array === undefined) throw disposedTensor(what);
    return handle as CpuTensor & { array: HostData };
  };
  const viewOf = (what: string, feed: DeviceTensor | HostTensor): OrtTensor => {
    if (feed !== undefined && feed !== null && isHostTensor(feed)) {
      checkHostTensor(what, feed);
      return ortTensor(ort, feed.dtype, feed.data, feed.shape);
    }
    const handle = held(what, feed);
    return (handle.view ??= ortTensor(ort, handle.dtype, handle.array, handle.shape));
  };

  const compile = async (
    label: string,
    fn: TensorFunction,
    feeds: Feeds,
    { repeated = false, fixed = {} }: JitOptions,
  ): Promise<Executable> => {
    const { graph, outputs } = recordFunction(label, fn, specsOf(feeds));
    const isFixed = graph.inputs.filter((input) => Object.hasOwn(fixed, input.name));
    const numbers = isFixed.map(
      (input) => [input.value, held(`feed "${input.name}"`, fixed[input.name]).array] as const,
    );
    const session =
      graph.outputs.length === 0
        ? undefined
        : await createGraphSession(ort, label, graph, {
            threads,
            keepMemory: repeated,
            fixed: new Map(numbers),
            overrides: options.session ?? {},
          });
    return { session, outputs, inputs: graph.inputs.map((input) => input.name) };
  };

  const jit = (label: string, fn: TensorFunction, jitOptions: JitOptions = {}): Jitted => {
    const { fixed = {} } = jitOptions;
    const bySignature = new Map<string, Promise<Executable>>();
    const executableFor = (feeds: Feeds): Promise<Executable> => {
      const signature = signatureOf(feeds);
      const known = bySignature.get(signature);
      if (known !== undefined) return known;
      const executable = compile(label, fn, feeds, jitOptions);
      bySignature.set(signature, executable);
      executables.add(executable);
      // A failed compilation is not remembered: the caller sees the error, and may try again.
      executable.catch(() => {
        bySignature.delete(signature);
        executables.delete(executable);
      });
      return executable;
    };
    const jitted: Jitted = async (given: Feeds) => {
      if (isClosed) throw closedDevice(name, label);
      const feeds = withFixed(label, given, fixed);
      const views: Record<string, OrtTensor> = {};
      for (const feed of Object.keys(feeds))
        views[feed] = viewOf(`feed "${feed}" of ${label}`, feeds[feed] as DeviceTensor);
      const call = { jitted, handles: Object.values(feeds).filter(isCpuTensor) };
      calls.add(call);
      for (const handle of call.handles) handle.readers++;
      try {
        return await execute(await executableFor(feeds), views);
      } finally {
        for (const handle of call.handles) handle.readers--;
        calls.delete(call);
      }
    };
    forgotten.register(jitted, bySignature);
    return jitted;
  };

  const execute = async (
    { session, inputs, outputs }: Executable,
    views: Record<string, OrtTensor>,
  ): Promise<Record<string, DeviceTensor>> => {
    const results: Record<string, CpuTensor> = {};
    const targets: Record<string, OrtTensor> = {};
    for (const [output, spec] of Object.entries(outputs)) {
      const size = sizeOf(spec.shape);
      const handle = wrap(spec, pool.take(spec.dtype, size), true);
      results[output] = handle;
      if (size > 0) targets[output] = viewOf(`output "${output}"`, handle);
    }
    try {
      await session?.run(
        Object.fromEntries(inputs.map((input) => [input, views[input] as OrtTensor])),
        targets,
      );
    } catch (error) {
      for (const handle of Object.values(results)) handle.dispose();
      throw error;
    }
    return results;
  };

  return {
    name,
    upload(host) {
      checkHostTensor('an uploaded tensor', host);
      return wrap({ shape: [...host.shape], dtype: host.dtype }, host.data, false);
    },
    async read(tensor) {
      const handle = held('the tensor to read', tensor);
      handle.isOwn = false;
      return { shape: handle.shape, dtype: handle.dtype, data: handle.array };
    },
    async writeRows(target, firstRow, rows) {
      checkRows(target, firstRow, rows);
      if (isHostTensor(rows)) checkHostTensor('the rows', rows);
      const source = isHostTensor(rows) ? rows.data : held('the rows', rows).array;
      held('the target of writeRows', target).array.set(
        source,
        firstRow * sizeOf(target.shape.slice(1)),
      );
    },
    jit,
    async close() {
      isClosed = true;
      const all = [...executables];
      executables.clear();
      pool.clear();
      for (const executable of all) await release(executable);
    },
  };
}

async function release(executable: Promise<Executable>): Promise<void> {
  try {
    await (await executable).session?.release();
  } catch {
    // It never came to be: whoever called it has the error.
  }
}

function signatureOf(feeds: Feeds): string {
  const specs = specsOf(feeds);
  return Object.keys(specs)
    .map(
      (name) =>
        `${name}:${specs[name]?.dtype}[${specs[name]?.shape.join()}]${specs[name]?.same ?? ''}`,
    )
    .join(';');
}

/** Feeds in the order of their names. One tensor under two names is one input: what is computed of it is computed once. */
function specsOf(feeds: Feeds): Record<string, FeedSpec> {
  const specs: Record<string, FeedSpec> = {};
  const names = new Map<object, string>();
  for (const name of Object.keys(feeds).sort()) {
    const feed = feeds[name] as Feeds[string];
    const { shape, dtype } = feed;
    specs[name] = { shape: [...shape], dtype, same: names.get(feed) };
    if (!names.has(feed)) names.set(feed, name);
  }
  return specs;
}

/** `cpu`: functions are recorded once as a graph that ONNX Runtime runs on the processor's cores. The default device. */
export const cpuDevice: DevicePlugin = {
  specVersion: 1,
  name: 'cpu',
  summary: 'compiled graphs on ONNX Runtime, every processor core',
  async probe() {
    try {
      await loadOrt();
      return { available: true };
    } catch (error) {
      const { problems, accepted } = error as TunesmithError;
      return { available: false, reason: problems.join('; '), remedy: String(accepted) };
    }
  },
  open(options) {
    return openCpuDevice(options);
  },
};
