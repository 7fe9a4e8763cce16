import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as util from 'node:util';
import { TunesmithError } from '@tunesmith/schema';
import { tf } from '../tf.ts';

/** The packages that bring TensorFlow's C library to tfjs: for processors, and for graphics cards of NVIDIA. */
export type TensorflowPackage = '@tensorflow/tfjs-node' | '@tensorflow/tfjs-node-gpu';

/** Where a package is and its native code, or why it cannot be used and what helps. */
export type FoundTensorflow =
  | { readonly folder: string; readonly binding: string }
  | { readonly reason: string; readonly remedy: string };

/** Looks for a package, from here and from the working directory (and, as Node does, in `NODE_PATH`). Loads nothing. */
export function findTensorflow(name: TensorflowPackage): FoundTensorflow {
  const remedy = `install it: npm install ${name}@4.22.0 (its install script downloads TensorFlow)`;
  const folder = folderOf(name);
  if (folder === undefined) return { reason: `the package ${name} is not installed`, remedy };
  const binding = bindingIn(folder);
  if (binding === undefined)
    return {
      reason: `${name} is installed without its native code: its install script did not run, or had nothing to download from`,
      remedy: `npm rebuild ${name}, or build it as packages/runtime/scripts/build-tensorflow.mjs of Tunesmith does`,
    };
  if (!('isNullOrUndefined' in util))
    return {
      reason: `${name} 4.22 uses functions that Node ${process.versions.node} no longer has`,
      remedy: 'Node 20 or 22',
    };
  return { folder, binding };
}

function folderOf(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'here.js')]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Not from there.
    }
  }
  return undefined;
}

/** The native code, for the newest of Node's stable binary interfaces that this Node has. */
function bindingIn(folder: string): string | undefined {
  const library = join(folder, 'lib');
  if (!existsSync(library)) return undefined;
  const newest = Number(process.versions.napi);
  const versions = readdirSync(library)
    .map((each) => Number(/^napi-v(\d+)$/.exec(each)?.[1]))
    .filter((version) => version <= newest)
    .sort((a, b) => b - a);
  const paths = versions.map((version) => join(library, `napi-v${version}`, 'tfjs_binding.node'));
  return paths.find((path) => existsSync(path));
}

/** The tfjs backend that both packages register. */
const backendName = 'tensorflow';

let loaded: { readonly name: TensorflowPackage; readonly isOnCard: boolean } | undefined;

/**
 * Registers a package's backend and kernels with our tfjs.
 *
 * The package itself would load a second tfjs, with layers, converters and a processor backend of its own. So only its backend
 * is loaded, and while it loads, the tfjs that it asks for is ours.
 *
 * @param threads of the library; it takes them when it is loaded, so the first call of a process decides
 * @throws TunesmithError `device-unavailable` where it is missing or does not load, or where the other package is loaded: a process
 * has one of them
 */
export function loadTensorflow(
  name: TensorflowPackage,
  threads: number,
): { backend: string; isOnCard: boolean } {
  if (loaded === undefined) {
    const found = findTensorflow(name);
    if ('reason' in found) throw failure(found.reason, found.remedy);
    process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
    // Its lines about the processor's instructions are no news.
    process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
    try {
      loaded = { name, isOnCard: register(name, found.folder, found.binding) };
    } catch (error) {
      throw failure(`${name} does not load: ${(error as Error).message}`, 'see its message');
    }
  }
  if (loaded.name === name) return { backend: backendName, isOnCard: loaded.isOnCard };
  throw failure(`${loaded.name} is loaded already`, 'one of the two packages in one process');
}

/** What is used of the class in `dist/nodejs_kernel_backend.js`. */
type BackendClass = new (
  binding: unknown,
  packageName: string,
) => tf.KernelBackend & { isUsingGpuDevice: boolean };

/** Loads the native code and registers it; true if it computes on a graphics card. */
function register(name: TensorflowPackage, folder: string, binding: string): boolean {
  const require = createRequire(join(folder, 'package.json'));
  const { NodeJSKernelBackend } = withOurTfjs(require, () => {
    require('./dist/register_all_kernels.js');
    return require('./dist/nodejs_kernel_backend.js') as { NodeJSKernelBackend: BackendClass };
  });
  const backend = new NodeJSKernelBackend(require(binding), name);
  tf.registerBackend(backendName, () => backend);
  for (const [kernel, [from, through]] of Object.entries(detours)) detour(kernel, from, through);
  return backend.isUsingGpuDevice;
}

/** Kernels that TensorFlow has not for a dtype which tfjs gives them, and the dtype through which it computes the same. */
const detours: Readonly<Record<string, readonly [from: tf.DataType, through: tf.DataType]>> = {
  Multiply: ['bool', 'int32'],
  Greater: ['bool', 'int32'],
  GreaterEqual: ['bool', 'int32'],
  Less: ['bool', 'int32'],
  LessEqual: ['bool', 'int32'],
  Step: ['int32', 'float32'],
};

/** Registers a kernel anew: inputs of dtype `from` are cast before it, and a result of `through` is cast back. */
function detour(kernelName: string, from: tf.DataType, through: tf.DataType): void {
  const kernel = tf.getKernel(kernelName, backendName);
  const cast = tf.getKernel('Cast', backendName).kernelFunc;
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({
    ...kernel,
    kernelFunc({ inputs, backend, attrs = {} }) {
      const given = Object.entries(inputs as Record<string, tf.TensorInfo>);
      if (!given.some(([, { dtype }]) => dtype === from))
        return kernel.kernelFunc({ inputs, backend, attrs });
      const to = (x: tf.TensorInfo, dtype: tf.DataType): tf.TensorInfo =>
        cast({ inputs: { x }, backend, attrs: { dtype } }) as tf.TensorInfo;
      const dispose = (x: tf.TensorInfo): void => {
        (backend as Disposing).disposeData(x.dataId);
      };
      const made = given.map(([name, x]) => [name, x.dtype === from ? to(x, through) : x] as const);
      const result = kernel.kernelFunc({ inputs: Object.fromEntries(made), backend, attrs });
      made.forEach(([, x], index) => {
        if (x !== given[index]?.[1]) dispose(x);
      });
      const one = result as tf.TensorInfo;
      if (one.dtype !== through) return one;
      const back = to(one, from);
      dispose(one);
      return back;
    },
  });
}

interface Disposing {
  disposeData(dataId: object): boolean;
}

/**
 * The base class of backends for code that was compiled to functions, as the package's is: such code calls it without `new`. It
 * has methods only.
 */
function callableBase(): void {}
callableBase.prototype = tf.KernelBackend.prototype;

/** Runs `f`; whatever requires tfjs meanwhile is given ours. */
function withOurTfjs<T>(require: NodeJS.Require, f: () => T): T {
  const paths = ['@tensorflow/tfjs', '@tensorflow/tfjs-core'].map((id) => require.resolve(id));
  const before = paths.map((path) => require.cache[path]);
  const exports = { ...tf, KernelBackend: callableBase };
  for (const path of paths)
    require.cache[path] = { id: path, filename: path, loaded: true, exports } as NodeJS.Module;
  try {
    return f();
  } finally {
    paths.forEach((path, index) => {
      const module = before[index];
      if (module === undefined) delete require.cache[path];
      else require.cache[path] = module;
    });
  }
}

function failure(message: string, accepted: string): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message,
    accepted,
    kind: 'failure',
  });
}
