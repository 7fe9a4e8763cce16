import type { InferenceSession } from 'onnxruntime-node';

/** The hardware that a compiled graph runs on: one of ONNX Runtime's execution providers, and how its sessions are made. */
export interface Provider {
  /** ONNX Runtime's name of it, and the target that kernels choose their nodes for: `cpu`, `webgpu`, `cuda`, … */
  readonly name: string;
  /** Whether products read a matrix that never changes faster in a layout of their own; see `packFixed`. */
  readonly packs: boolean;
  /** Whether a step that runs again and again computes anew what is cheap, instead of holding it; see `rematerialize`. What is cheap is estimated for cores. */
  readonly rematerializes: boolean;
  /**
   * ONNX Runtime's options of a session.
   *
   * @param repeated the graph runs again and again: its session may keep working memory between runs
   */
  session(repeated: boolean): InferenceSession.SessionOptions;
  /**
   * The same of a session whose graph has open axes, and the options of its large runs; absent where such graphs are slower than
   * one for each length.
   */
  open?(): {
    readonly session: InferenceSession.SessionOptions;
    readonly largeRun: InferenceSession.RunOptions;
  };
}

/** Options that hold for every provider: a graph runs as it was recorded. */
export function commonSession(threads: number): InferenceSession.SessionOptions {
  return {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    // What is recorded is what runs: ONNX Runtime's optimizers gain nothing on it and take as long as all else here.
    graphOptimizationLevel: 'disabled',
    // A memory pattern keeps a second block as large as all intermediates together.
    enableMemPattern: false,
    // What goes wrong is thrown and explained; ONNX Runtime's own lines would come on top.
    logSeverityLevel: 4,
    // A waiting worker looks for the next operation this long before it sleeps. Longer, it steals time from whatever else
    // the machine does (two trainings at once: 5 % at 200 µs, 20 % at 1 ms); shorter, it wakes up late (5 % at 50 µs).
    extra: { session: { intra_op: { allow_spinning: '1', spin_duration_us: '200' } } },
  };
}

/** Processor cores. */
export function cpuProvider(
  threads: number,
  overrides: Readonly<Record<string, unknown>> = {},
): Provider {
  const session = (arena: boolean): InferenceSession.SessionOptions => ({
    ...commonSession(threads),
    executionProviders: ['cpu'],
    // An arena keeps what its session once needed; without one all sessions share the process's memory.
    enableCpuMemArena: arena,
    ...overrides,
  });
  return {
    name: 'cpu',
    packs: true,
    rematerializes: true,
    session,
    open() {
      // Such a graph is of small nodes, and compiled once: joining some of them pays. Its arena hands the memory of one intermediate
      // to the next; from the process's heap large ones come as pages that the system empties first, a fourteenth of the time of a
      // prompt of 512 tokens.
      const options = {
        ...session(true),
        graphOptimizationLevel: 'extended' as const,
        ...overrides,
      };
      return { session: options, largeRun: options.enableCpuMemArena ? shrinkArena : {} };
    },
  };
}

/** A run after which the arena is as small as it began: the next prompt need not be as long. */
const shrinkArena: InferenceSession.RunOptions = {
  extra: { memory: { enable_memory_arena_shrinkage: 'cpu:0' } },
};
