import { describe, expect, it } from 'vitest';
import type { DevicePlugin } from '../device.ts';
import { openDevice, probeDevices } from './open.ts';
import { createTfjsDevice } from './tfjs.ts';

const available: DevicePlugin = {
  specVersion: 2,
  name: 'fast',
  description: 'Available.',
  probe: async () => ({ available: true }),
  open: async () => createTfjsDevice('fast', 'cpu'),
};
const missing: DevicePlugin = {
  specVersion: 2,
  name: 'missing',
  description: 'Never available.',
  probe: async () => ({ available: false, reason: 'no adapter found' }),
  open: async () => {
    throw new Error('opened although it is not available');
  },
};

describe('openDevice', () => {
  it('opens the compiled device when nothing else is there', async () => {
    const device = await openDevice('auto', { threads: 1 });
    expect(device.name).toBe('cpu');
    await device.close();
  });

  it('prefers an available plugin, and passes over one that is not', async () => {
    const device = await openDevice('auto', { plugins: [missing, available] });
    expect(device.name).toBe('fast');
    await device.close();
  });

  it('says why a device cannot be opened', async () => {
    await expect(openDevice('missing', { plugins: [missing] })).rejects.toThrow(/no adapter found/);
  });

  it('suggests the nearest name for an unknown one', async () => {
    await expect(openDevice('cpuu')).rejects.toThrow(
      'there is no device named "cpuu"; nearest: "cpu"; accepted: cpu, tfjs-cpu, auto',
    );
  });

  it('refuses two devices of one name', async () => {
    const twice = [{ ...available, name: 'cpu' }];
    await expect(openDevice('auto', { plugins: twice })).rejects.toThrow(
      /two devices are named "cpu"/,
    );
  });
});

describe('probeDevices', () => {
  it('lists every device, fastest first, with the reason where one is missing', async () => {
    const probed = await probeDevices([missing]);
    expect(probed.map(({ device }) => device.name)).toEqual(['missing', 'cpu', 'tfjs-cpu']);
    expect(probed[0]?.availability).toEqual({ available: false, reason: 'no adapter found' });
  });
});
