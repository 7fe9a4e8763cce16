import { cpus, totalmem } from 'node:os';
import { devices as builtIn, probeDevices } from '@tunesmith/runtime';
import type { Registry } from './plugins/registry.ts';

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
  summary: string;
  available: boolean;
  /** Why not, where it is not available. */
  reason?: string;
  /** Whether `device: auto` takes it. */
  chosen: boolean;
}

/** Looks at the machine and probes every device: the built-in ones and those of the registry. */
export async function doctor(options: { registry?: Registry } = {}): Promise<Doctor> {
  const own = options.registry?.all('device').filter((device) => !builtIn.includes(device)) ?? [];
  const probed = await probeDevices(own);
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
      summary: device.summary,
      available: availability.available,
      ...(availability.available ? {} : { reason: availability.reason }),
      chosen: device.name === first,
    })),
  };
}
