import { coreOptions, type Device, type DeviceOptions, type DevicePlugin } from '../device.ts';
import { loadOrt } from '../graph/loader.ts';
import { createCompiledDevice } from './compiled.ts';
import { threadsOf } from './cpu.ts';
import { createBufferMemory } from './memory/buffer-memory.ts';
import { probeWebgpu } from './probe-webgpu.ts';
import { commonSession, type Provider } from './provider.ts';

/** Graphics cards, through ONNX Runtime's WebGPU provider; operations that it lacks run on the processor, with `threads`. */
function webgpuProvider(threads: number): Provider {
  return {
    name: 'webgpu',
    packs: false,
    rematerializes: false,
    session: () => ({ ...commonSession(threads), executionProviders: ['webgpu'] }),
  };
}

/** Opens the `webgpu` device; see {@link webgpuDevice}. */
export async function openWebgpuDevice(options: DeviceOptions = {}): Promise<Device> {
  const name = 'webgpu';
  const ort = await loadOrt();
  const provider = webgpuProvider(threadsOf(options));
  return createCompiledDevice({
    name,
    ort,
    provider,
    memory: createBufferMemory(ort, provider, name),
  });
}

/**
 * `webgpu`: the same graphs as on `cpu`, run by ONNX Runtime's WebGPU provider on a graphics card, through Vulkan, Metal or Direct3D.
 * Tensors stay in its buffers between calls. It expects nothing of itself, so that `auto` takes it last: ONNX Runtime's package for
 * Node does not tell which adapter it opened (`env.webgpu` is empty there), a card or a driver in software. The name of
 * the adapter that the probe has from Vulkan's loader is for people.
 */
export const webgpuDevice: DevicePlugin = {
  specVersion: 2,
  name: 'webgpu',
  description: 'Compiled graphs on ONNX Runtime, on a graphics card through WebGPU.',
  options: coreOptions,
  // It cannot tell a graphics card from a software driver, which is slower than the processor itself: it must be named.
  expects: () => 0,
  probe: () => probeWebgpu(),
  open: (options) => openWebgpuDevice(options),
};
