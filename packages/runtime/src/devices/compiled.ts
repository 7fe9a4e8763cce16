import type { Tensor as OrtTensor } from 'onnxruntime-node';
import type { Device, Feeds, JitOptions, Jitted, OpenAxes, TensorFunction } from '../device.ts';
import { recordFunction, type FeedSpec } from '../graph/compile.ts';
import type { Ort } from '../graph/loader.ts';
import { overwrite } from '../graph/overwrite.ts';
import { rematerialize } from '../graph/rematerialize.ts';
import { createGraphSession, type GraphSession } from '../graph/session.ts';
import type { Graph } from '../graph/graph.ts';
import { openFeeds, openOutputs } from '../graph/open/open-axes.ts';
import { recordOpen } from '../graph/open/record-open.ts';
import { runSoon } from '../graph/soon.ts';
import {
  checkHostTensor,
  isHostTensor,
  isLate,
  sizeOf,
  type DeviceTensor,
  type TensorSpec,
} from '../tensor.ts';
import {
  checkRows,
  closedDevice,
  disposedFunction,
  disposeFeeds,
  pickWanted,
  withFixed,
} from './feeds.ts';
import type { Borrowed, Memory } from './memory/memory.ts';
import type { Provider } from './provider.ts';

/**
 * A call whose outputs, wanted or not, take more bytes than this is large: so is then what it takes beside them.
 */
const largeOutputs = 2 ** 25;

/** A compiled signature. */
interface Executable {
  readonly session: GraphSession | undefined;
  readonly inputs: readonly string[];
  /** Shapes and types of the outputs of a call with such feeds. */
  readonly outputs: (feeds: Feeds) => Readonly<Record<string, TensorSpec>>;
  /** The outputs that are written over the feeds of the same name. */
  readonly overwritten: ReadonlySet<string>;
}

/** The three parts of a compiled device. */
export interface CompiledDeviceParts {
  readonly name: string;
  /** What a loader loaded. */
  readonly ort: Ort;
  readonly provider: Provider;
  readonly memory: Memory;
  /** {@link Device.largestByte} */
  readonly largestByte?: number;
}

/**
 * A device whose functions are recorded once for each signature, as a graph that ONNX Runtime runs: which build of it, on which
 * hardware and with tensors kept where are three parts, and nothing here depends on which they are.
 */
export function createCompiledDevice({
  name,
  ort,
  provider,
  memory,
  largestByte = 127,
}: CompiledDeviceParts): Device {
  const executables = new Set<Promise<Executable>>();
  const releaseAll = (bySignature: Map<string, Promise<Executable>>): Promise<unknown> =>
    Promise.all(
      Array.from(bySignature.values(), (executable) =>
        executables.delete(executable) ? release(executable) : undefined,
      ),
    );
  // Functions made for a moment (an evaluation, one generation) take their sessions along when they are forgotten.
  const forgotten = new FinalizationRegistry<Map<string, Promise<Executable>>>(
    (bySignature) => void releaseAll(bySignature),
  );
  /** Calls under way: their functions are not forgotten. */
  const calls = new Set<{ readonly jitted: Jitted }>();
  let isClosed = false;

  const compile = async (
    label: string,
    fn: TensorFunction,
    feeds: Feeds,
    { repeated = false, fixed = {}, overwrites = [], open }: JitOptions,
  ): Promise<Executable> => {
    if (open && provider.open) {
      const { lengths } = open;
      const graph = recordOpen(label, fn, openFeeds(specsOf(feeds), open), {
        lengths,
        target: provider.name,
      });
      const session = await createGraphSession(ort, label, graph, {
        ...provider.open(),
        feedsConstants: memory.location === 'cpu',
        fixed: fixedOf(graph, fixed),
        packsAll: true,
      });
      const outputs = (given: Feeds) => openOutputs(graph, open, given);
      return { session, outputs, inputs: session.inputs, overwritten: new Set() };
    }
    const recorded = recordFunction(label, fn, specsOf(feeds), provider.name);
    const { outputs } = recorded;
    const holdsLess = repeated && provider.rematerializes;
    const early = runSoon(recorded.graph);
    const whole = holdsLess ? rematerialize(early) : early;
    const { graph, overwritten } = overwrite(whole, new Set(overwrites));
    if (graph.outputs.length === 0)
      return {
        session: undefined,
        outputs: () => outputs,
        inputs: graph.inputs.map((input) => input.name),
        overwritten,
      };
    const session = await createGraphSession(ort, label, graph, {
      // What overwrites does so to hold little: then a session's working memory is not to wait for the next run either.
      session: {
        ...provider.session(repeated && overwrites.length === 0),
        preferredOutputLocation: memory.location,
      },
      feedsConstants: memory.location === 'cpu',
      fixed: fixedOf(graph, fixed),
    });
    return { session, outputs: () => outputs, inputs: session.inputs, overwritten };
  };
  const fixedOf = ({ inputs }: Graph, fixed: NonNullable<JitOptions['fixed']>) =>
    new Map(
      inputs.flatMap(({ name: input, value }) => {
        const handle = provider.packs ? fixed[input] : undefined;
        const numbers = handle && memory.numbersOf(`feed "${input}"`, handle);
        return numbers ? [[value, numbers] as const] : [];
      }),
    );

  const jit = (label: string, fn: TensorFunction, options: JitOptions = {}): Jitted => {
    const { fixed = {}, overwrites = [], open } = options;
    const axes = provider.open ? open : undefined;
    const bySignature = new Map<string, Promise<Executable>>();
    let isDisposed = false;
    let underWay = 0;
    let whenIdle = (): void => {};
    const executableFor = (feeds: Feeds): Promise<Executable> => {
      const signature = signatureOf(feeds, axes);
      const known = bySignature.get(signature);
      if (known !== undefined) return known;
      const executable = compile(label, fn, feeds, options);
      bySignature.set(signature, executable);
      executables.add(executable);
      // A failed compilation is not remembered: the caller sees the error, and may try again.
      executable.catch(() => {
        bySignature.delete(signature);
        executables.delete(executable);
      });
      return executable;
    };
    const run = async (
      given: Feeds,
      wanted?: readonly string[],
    ): Promise<Record<string, DeviceTensor>> => {
      if (isClosed) throw closedDevice(name, label);
      if (isDisposed) throw disposedFunction(label);
      const feeds = withFixed(label, given, fixed);
      const borrowed: Record<string, Borrowed> = {};
      const call = { jitted };
      calls.add(call);
      underWay++;
      let results: Record<string, DeviceTensor>;
      try {
        for (const feed of Object.keys(feeds))
          borrowed[feed] = memory.borrow(`feed "${feed}" of ${label}`, feeds[feed] as DeviceTensor);
        const { session, inputs, outputs, overwritten } = await executableFor(feeds);
        const all = outputs(feeds);
        const specs = pickWanted(label, all, wanted);
        const tensors: Record<string, OrtTensor> = {};
        for (const input of inputs) tensors[input] = await (borrowed[input] as Borrowed).tensor();
        const over = Object.entries(feeds).filter(([feed]) => overwritten.has(feed));
        results = await memory.run(session, tensors, specs, {
          overwritten: Object.fromEntries(over),
          isLarge: bytesOf(all) > largeOutputs,
        });
      } finally {
        for (const each of Object.values(borrowed)) each.done();
        calls.delete(call);
        underWay--;
        if (underWay === 0) whenIdle();
      }
      disposeFeeds(feeds, overwrites);
      return results;
    };
    const dispose = async (): Promise<void> => {
      isDisposed = true;
      if (underWay > 0) await new Promise<void>((resolve) => (whenIdle = resolve));
      await releaseAll(bySignature);
    };
    const jitted: Jitted = Object.assign(run, { dispose });
    forgotten.register(jitted, bySignature);
    return jitted;
  };

  return {
    name,
    largestByte,
    opensAxes: provider.open !== undefined && memory.location === 'cpu',
    upload(host) {
      if (!isLate(host)) checkHostTensor('an uploaded tensor', host);
      return memory.upload(host);
    },
    read: (tensor) => memory.read(tensor),
    async writeRows(target, firstRow, rows) {
      checkRows(target, firstRow, rows);
      if (isHostTensor(rows)) checkHostTensor('the rows', rows);
      await memory.writeRows(target, firstRow, rows);
    },
    jit,
    async close() {
      isClosed = true;
      const all = [...executables];
      executables.clear();
      await memory.close();
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

/** Bytes of all outputs, of four each. */
function bytesOf(specs: Readonly<Record<string, TensorSpec>>): number {
  return Object.values(specs).reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0);
}

/** Feeds of one signature are of one graph; an axis that is open counts by its name. */
function signatureOf(feeds: Feeds, open: OpenAxes | undefined): string {
  const specs = specsOf(feeds);
  return Object.keys(specs)
    .map((name) => {
      const { dtype, shape, same = '' } = specs[name] as FeedSpec;
      return `${name}:${dtype}[${(open?.feeds[name] ?? shape).join()}]${same}`;
    })
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
