import { cpus, totalmem } from 'node:os';
import { type Availability } from '@tunesmith/runtime';
import { probeDevices } from '@tunesmith/runtime/node';
import { pluginDevices } from './named-device.ts';
import type { Registry } from '@tunesmith/schema';

/** What this machine offers. */
export interface Doctor {
  node: string;
  platform: string;
  processor: string;
  cores: number;
  /** Bytes of main memory. */
  memory: number;
  devices: readonly DoctorDevice[];
}

/** One device, and whether it can be used here. */
export interface DoctorDevice {
  name: string;
  description: string;
  available: boolean;
  /** What was found about one that is available. */
  about?: string;
  /** Why not, where it is not available. */
  reason?: string;
  /** What to install or to set, where that would make it available. */
  remedy?: string;
  /** Whether `device: auto` takes it. */
  chosen: boolean;
}

/** Looks at the machine and probes every device: the built-in ones and those of the registry. */
export async function doctor(options: { registry?: Registry } = {}): Promise<Doctor> {
  const probed = await probeDevices(options.registry ? pluginDevices(options.registry) : []);
  const first = probed.find(({ availability }) => availability.available)?.device.name;
  const processors = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memory: totalmem(),
    devices: probed.map(({ device, availability }) => ({
      name: device.name,
      description: device.description,
      available: availability.available,
      ...found(availability),
      chosen: device.name === first,
    })),
  };
}

/** What is known about a device that is available; the reason and the remedy of one that is not. */
function found(availability: Availability): Pick<DoctorDevice, 'about' | 'reason' | 'remedy'> {
  if (availability.available)
    return availability.about === undefined ? {} : { about: availability.about };
  const { reason, remedy } = availability;
  return { reason, ...(remedy === undefined ? {} : { remedy }) };
}
