import type { Device, DevicePlugin } from '@tunesmith/runtime';
import { devices as builtInDevices, openDevice } from '@tunesmith/runtime/node';
import type { Mention, Registry } from '@tunesmith/schema';

/** The devices of a registry that are not built in: `auto` tries them first. */
export function pluginDevices(registry: Registry): DevicePlugin[] {
  return registry.all('device').filter((device) => !builtInDevices.includes(device));
}

/** Opens the device a recipe names, among the built-in ones and those of plugins. */
export function openNamedDevice(
  registry: Registry,
  options: { readonly device?: Mention; readonly threads?: number },
): Promise<Device> {
  return openDevice(options.device ?? 'auto', {
    plugins: pluginDevices(registry),
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
}
