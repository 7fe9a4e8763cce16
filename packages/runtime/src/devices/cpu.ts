import { availableParallelism } from 'node:os';
import { TunesmithError } from '@tunesmith/schema';
import { coreOptions, type Device, type DeviceOptions, type DevicePlugin } from '../device.ts';
import { loadOrt } from '../graph/loader.ts';
import { createCompiledDevice } from './compiled.ts';
import { createHostMemory } from './memory/host-memory.ts';
import { aboutIntegers, probeIntegers } from './probe-integers.ts';
import { cpuProvider } from './provider.ts';

/** Options of the compiled device. */
export interface CpuDeviceOptions extends DeviceOptions {
  /** ONNX Runtime's session options (`InferenceSession.SessionOptions`), over ours: for measurements. */
  readonly session?: Readonly<Record<string, unknown>>;
}

/** More threads than this many a core only wait for one another. */
const threadsPerCore = 4;

/** What matrix products of float32 reach on one core, in GFLOP/s: 75 to 90 were measured with AVX2. */
const coreSpeed = 75;

/** The number of threads asked for, or one a core. @throws TunesmithError `too-many-threads` */
export function threadsOf({ threads = availableParallelism() }: DeviceOptions): number {
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
  return createCompiledDevice({
    name,
    ort,
    provider: cpuProvider(threadsOf(options), options.session),
    memory: createHostMemory(ort, name),
    largestByte: await probeIntegers(ort),
  });
}

/** `cpu`: functions are recorded once as a graph that ONNX Runtime runs on the processor's cores. */
export const cpuDevice: DevicePlugin = {
  specVersion: 2,
  name: 'cpu',
  description: 'Compiled graphs on ONNX Runtime, on every processor core.',
  options: coreOptions,
  expects: () => coreSpeed * availableParallelism(),
  async probe() {
    try {
      return { available: true, about: aboutIntegers(await probeIntegers(await loadOrt())) };
    } catch (error) {
      if (!TunesmithError.is(error))
        return {
          available: false,
          reason: `ONNX Runtime does not run: ${(error as Error).message}`,
        };
      const { problems, accepted } = error;
      return { available: false, reason: problems.join('; '), remedy: String(accepted) };
    }
  },
  open(options) {
    return openCpuDevice(options);
  },
};
