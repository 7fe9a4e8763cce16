import { type Device, type DevicePlugin } from '@tunesmith/runtime';
import { probeDevices } from '@tunesmith/runtime/node';

/**
 * What should be known about the device that `auto` took: each faster one that an installation would make available.
 *
 * @param device the device that was opened
 * @param plugins devices that `auto` tried before the built-in ones
 */
export async function deviceFindings(
  device: Pick<Device, 'name'>,
  plugins: readonly DevicePlugin[],
): Promise<{ code: string; message: string }[]> {
  const probed = await probeDevices(plugins);
  const chosen = probed.findIndex((candidate) => candidate.device.name === device.name);
  return probed.slice(0, Math.max(chosen, 0)).flatMap(({ device: faster, availability }) =>
    availability.available || availability.remedy === undefined
      ? []
      : [
          {
            code: 'slow-device',
            message: `this runs on ${device.name}, which is slower than ${faster.name}: ${availability.reason}; ${availability.remedy}`,
          },
        ],
  );
}
