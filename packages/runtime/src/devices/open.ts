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
import { unavailable } from './unavailable.ts';

/** Options of {@link DeviceSet.openDevice}. */
export interface OpenDeviceOptions extends DeviceOptions {
  /** Further devices. */
  readonly plugins?: readonly DevicePlugin[];
}

/** What {@link DeviceSet.probeDevices} found out about one device. */
export interface ProbedDevice {
  readonly device: DevicePlugin;
  readonly availability: Availability;
  /** {@link DevicePlugin.expects}, 0 where it does not say. */
  readonly expected: number;
}

/** Devices to choose from. */
export interface DeviceSet {
  /** Those that are always there. */
  readonly devices: readonly DevicePlugin[];
  /**
   * Asks every device whether it can be opened here, from the one that expects to be fastest down: the order in which `auto`
   * tries them, and what `tunesmith doctor` prints.
   */
  probeDevices(plugins?: readonly DevicePlugin[]): Promise<ProbedDevice[]>;
  /**
   * Opens a device by name, or by name with options of its own: `{ name: 'cpu', threads: 4 }`; `auto` opens the one that expects
   * to be fastest among those that are available here. The opened device's `name` says which it is.
   *
   * @param mention `auto` by default
   * @throws TunesmithError `unknown-name` with the nearest name, `duplicate-name` if two plugins share one, or
   * `device-unavailable` with the probe's reason.
   */
  openDevice(mention?: Mention, options?: OpenDeviceOptions): Promise<Device>;
}

/** A set of devices: those of Node are one, in `@tunesmith/runtime/node`; a browser's are what it has. */
export function createDeviceSet(devices: readonly DevicePlugin[]): DeviceSet {
  /** All devices, from the one that expects to be fastest down; equal ones as they were given. */
  const ranked = (plugins: readonly DevicePlugin[]): DevicePlugin[] => {
    const all = [...plugins, ...devices];
    requireDistinctNames(all, { package: '@tunesmith/runtime', kind: 'device' });
    const expected = new Map(all.map((device) => [device, device.expects?.() ?? 0]));
    return all.sort((a, b) => (expected.get(b) as number) - (expected.get(a) as number));
  };
  return {
    devices,
    probeDevices: async (plugins = []) =>
      Promise.all(
        ranked(plugins).map(async (device) => ({
          device,
          availability: await device.probe(),
          expected: device.expects?.() ?? 0,
        })),
      ),
    async openDevice(mention = 'auto', options = {}) {
      const { plugins = [], ...deviceOptions } = options;
      const { name, options: own } = partsOf(mention);
      const all = ranked(plugins);
      if (name === 'auto') {
        completeOptions(deviceKind, { name }, own);
        return openFastest(all, deviceOptions);
      }
      const { plugin, options: complete } = choosePlugin(deviceKind, mention, all, ['auto']);
      const availability = await plugin.probe();
      if (!availability.available)
        throw unavailable(`device "${name}" cannot be opened`, availability);
      return plugin.open({ ...deviceOptions, ...complete });
    },
  };
}

async function openFastest(all: readonly DevicePlugin[], options: DeviceOptions): Promise<Device> {
  const reasons: string[] = [];
  for (const device of all) {
    const availability = await device.probe();
    if (!availability.available) {
      reasons.push(`${device.name}: ${availability.reason}`);
      continue;
    }
    try {
      return await device.open(options);
    } catch (error) {
      // A driver may say yes to the probe and fail all the same; whatever else is wrong is the caller's to know.
      if (!TunesmithError.is(error) || error.code !== 'device-unavailable') throw error;
      reasons.push(`${device.name}: ${error.problems.join('; ')}`);
    }
  }
  throw unavailable('no device is available here', { reason: reasons.join('; ') });
}
