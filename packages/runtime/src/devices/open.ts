import {
  choosePlugin,
  completeOptions,
  partsOf,
  requireDistinctNames,
  TunesmithError,
  type Mention,
} from '@tunesmith/schema';
import { deviceKind } from '../device.ts';
import type { Availability, Device, DeviceOptions, DevicePlugin } from '../device.ts';
import { cpuDevice } from './cpu.ts';
import { tfjsCpuDevice } from './tfjs.ts';

/** The devices that ship with the runtime, fastest first: the order in which `auto` tries them. */
export const devices: readonly DevicePlugin[] = [cpuDevice, tfjsCpuDevice];

/** Options of {@link openDevice}. */
export interface OpenDeviceOptions extends DeviceOptions {
  /** Further devices, tried by `auto` before the built-in ones, in the order given. */
  readonly plugins?: readonly DevicePlugin[];
}

/** What {@link probeDevices} found out about one device. */
export interface ProbedDevice {
  readonly device: DevicePlugin;
  readonly availability: Availability;
}

/** Asks every device whether it can be opened here, fastest first: what `tunesmith doctor` prints. */
export async function probeDevices(plugins: readonly DevicePlugin[] = []): Promise<ProbedDevice[]> {
  const all = known(plugins);
  return Promise.all(all.map(async (device) => ({ device, availability: await device.probe() })));
}

/**
 * Opens a device by name, or by name with options of its own: `{ name: 'cpu', threads: 4 }`; `auto` opens the first available one, fastest first. The opened device's `name` says which it is.
 *
 * @throws TunesmithError `unknown-name` with the nearest name, `duplicate-name` if two plugins share one, or
 * `device-unavailable` with the probe's reason.
 */
export async function openDevice(
  mention: Mention = 'auto',
  options: OpenDeviceOptions = {},
): Promise<Device> {
  const { plugins = [], ...deviceOptions } = options;
  const { name, options: own } = partsOf(mention);
  const all = known(plugins);
  if (name === 'auto') {
    completeOptions(deviceKind, { name }, own);
    const reasons: string[] = [];
    for (const device of all) {
      const availability = await device.probe();
      if (availability.available) return device.open(deviceOptions);
      reasons.push(`${device.name}: ${availability.reason}`);
    }
    throw unavailable('no device is available here', { reason: reasons.join('; ') });
  }
  const { plugin: device, options: complete } = choosePlugin(deviceKind, mention, all, ['auto']);
  const availability = await device.probe();
  if (!availability.available) throw unavailable(`device "${name}" cannot be opened`, availability);
  return device.open({ ...deviceOptions, ...complete });
}

function known(plugins: readonly DevicePlugin[]): DevicePlugin[] {
  const all = [...plugins, ...devices];
  requireDistinctNames(all, { package: '@tunesmith/runtime', kind: 'device' });
  return all;
}

function unavailable(
  what: string,
  { reason, remedy }: { reason: string; remedy?: string },
): TunesmithError {
  return new TunesmithError({
    package: '@tunesmith/runtime',
    code: 'device-unavailable',
    message: `${what}: ${reason}`,
    ...(remedy === undefined ? {} : { accepted: remedy }),
    kind: 'failure',
  });
}
