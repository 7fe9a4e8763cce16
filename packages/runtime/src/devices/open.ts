import { TunesmithError, unknownName } from '@tunesmith/schema';
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
 * Opens a device by name; `auto` opens the first available one, fastest first. The opened device's `name` says which it is.
 *
 * @throws TunesmithError `unknown-name` with the nearest name, `duplicate-name` if two plugins share one, or
 * `device-unavailable` with the probe's reason.
 */
export async function openDevice(
  name: string = 'auto',
  options: OpenDeviceOptions = {},
): Promise<Device> {
  const { plugins = [], ...deviceOptions } = options;
  const all = known(plugins);
  if (name === 'auto') {
    const reasons: string[] = [];
    for (const device of all) {
      const availability = await device.probe();
      if (availability.available) return device.open(deviceOptions);
      reasons.push(`${device.name}: ${availability.reason}`);
    }
    throw unavailable('no device is available here', { reason: reasons.join('; ') });
  }
  const device = all.find((candidate) => candidate.name === name);
  if (device === undefined) {
    throw unknownName({
      package: '@tunesmith/runtime',
      kind: 'device',
      name,
      names: ['auto', ...all.map((each) => each.name)],
    });
  }
  const availability = await device.probe();
  if (!availability.available) throw unavailable(`device "${name}" cannot be opened`, availability);
  return device.open(deviceOptions);
}

function known(plugins: readonly DevicePlugin[]): DevicePlugin[] {
  const all = [...plugins, ...devices];
  const names = all.map((device) => device.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new TunesmithError({
      package: '@tunesmith/runtime',
      code: 'duplicate-name',
      message: `two devices are named "${twice}"`,
      value: twice,
      accepted: 'device names that differ',
    });
  }
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
