import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TunesmithError } from '@tunesmith/schema';
import type { Availability } from '../device.ts';
import { loadOrt } from '../graph/loader.ts';
import type { Value } from '../graph/graph.ts';
import { writeOnnx } from '../graph/onnx.ts';

/** What would help where no graphics card is found. */
const remedies: Partial<Record<NodeJS.Platform, string>> = {
  linux:
    'install the driver of the graphics card and the Vulkan loader (Debian: libvulkan1; without a card, for tests only: mesa-vulkan-drivers 24 or newer, on Debian 12 from its backports)',
};

let found: Promise<Availability> | undefined;

/**
 * Whether ONNX Runtime finds a graphics card. First what costs nothing: whether its build has the provider and, on Linux, whether
 * a Vulkan driver is registered. Then a process of its own tries, once: a driver that fails does so with messages, or takes the
 * process along. Where Vulkan's loader tells which adapter it opened, its name comes along.
 */
export function probeWebgpu(): Promise<Availability> {
  found ??= probe();
  return found;
}

async function probe(): Promise<Availability> {
  try {
    const ort = await loadOrt();
    if (!ort.listSupportedBackends().some(({ name }) => name === 'webgpu'))
      return { available: false, reason: 'this build of ONNX Runtime has no WebGPU provider' };
  } catch (error) {
    const { problems, accepted } = error as TunesmithError;
    return { available: false, reason: problems.join('; '), remedy: String(accepted) };
  }
  if (process.platform === 'linux' && !hasVulkanDriver())
    return none('no Vulkan driver is installed');
  try {
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=commonjs', '-e', attempt()],
      // ONNX Runtime keeps to itself which adapter it opened; Vulkan's loader tells it on request.
      { timeout: 60_000, env: { ...process.env, VK_LOADER_DEBUG: 'driver,layer' } },
    );
    const adapter = adapterIn(stderr);
    return { available: true, ...(adapter === undefined ? {} : { about: adapter }) };
  } catch (error) {
    return none(reasonIn(error as Error & { stderr?: string; signal?: string }));
  }
}

function none(reason: string): Availability {
  const remedy = remedies[process.platform];
  return { available: false, reason, ...(remedy === undefined ? {} : { remedy }) };
}

/** A program that opens the smallest session there is. */
function attempt(): string {
  const value = (id: number): Value => ({ id, shape: [1], element: 'float32' });
  const [x, y] = [value(0), value(1)];
  const model = writeOnnx(
    {
      inputs: [{ name: 'x', value: x }],
      outputs: [{ name: 'y', value: y }],
      nodes: [{ op: 'Neg', domain: '', inputs: [x], outputs: [y], attributes: {} }],
      constants: [],
    },
    { inside: new Set(), outside: new Map() },
  );
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  return `
    const ort = require(${JSON.stringify(runtime)});
    const model = Buffer.from(${JSON.stringify(Buffer.from(model).toString('base64'))}, 'base64');
    ort.InferenceSession.create(model, { executionProviders: ['webgpu'], logSeverityLevel: 4 }).then(
      () => process.exit(0),
      (error) => { console.error('reason: ' + error.message); process.exit(1); },
    );`;
}

/** Drivers register themselves with the Vulkan loader by a file in one of these folders, or are named in the environment. */
function hasVulkanDriver(): boolean {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, XDG_DATA_DIRS, XDG_CONFIG_DIRS } = process.env;
  if (VK_DRIVER_FILES || VK_ICD_FILENAMES) return true;
  const list = (value: string | undefined, usual: string): string[] => (value || usual).split(':');
  const folders = [
    '/etc',
    join(homedir(), '.config'),
    join(homedir(), '.local/share'),
    ...list(XDG_CONFIG_DIRS, '/etc/xdg'),
    ...list(XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
  ].map((folder) => join(folder, 'vulkan/icd.d'));
  return folders.some(
    (folder) => existsSync(folder) && readdirSync(folder).some((name) => name.endsWith('.json')),
  );
}

/** The name of the adapter in what Vulkan's loader tells of the device that it made. */
function adapterIn(told: string): string | undefined {
  return /Using "(.+)" with driver: /.exec(told)?.[1];
}

function reasonIn({
  message,
  stderr = '',
  signal,
}: Error & { stderr?: string; signal?: string }): string {
  const told = /^reason: (.*)$/m.exec(stderr)?.[1];
  // ONNX Runtime puts the place in its source before what went wrong.
  if (told !== undefined) return told.replace(/^.*(?=Failed to get a WebGPU adapter)/, '');
  return signal ? `trying it ended its process by ${signal}` : message;
}
