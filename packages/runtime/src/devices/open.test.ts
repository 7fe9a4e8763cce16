import { describe, expect, it } from 'vitest';
import type { Availability, DevicePlugin } from '../device.ts';
import { createTfjsDevice } from './eager.ts';
import { openDevice, probeDevices } from './node-devices.ts';

/** A device that expects `speed` GFLOP/s, more than any machine has, and is available unless it says why not. */
const device = (
  name: string,
  speed: number,
  availability: Availability = { available: true },
): DevicePlugin => ({
  specVersion: 2,
  name,
  description: 'A device for tests.',
  expects: () => speed,
  probe: async () => availability,
  open: async () => createTfjsDevice(name, 'cpu'),
});
const missing = device('missing', 3e9, { available: false, reason: 'no adapter found' });

async function openedBy(mention: string, plugins: readonly DevicePlugin[] = []): Promise<string> {
  const opened = await openDevice(mention, { plugins });
  await opened.close();
  return opened.name;
}

describe('openDevice', () => {
  it('takes the fastest device that is available, whatever the order they are given in', async () => {
    const plugins = [device('fast', 1e9), missing, device('faster', 2e9), device('slow', 0)];
    expect(await openedBy('auto', plugins)).toBe('faster');
  });

  it('takes of the built-in devices the first available one of the list that doctor prints', async () => {
    const available = (await probeDevices()).filter(({ availability }) => availability.available);
    expect(await openedBy('auto')).toBe(available[0]?.device.name);
    const expected = available.map((each) => each.expected);
    expect(expected).toEqual([...expected].sort((a, b) => b - a));
  });

  it('does not take a device that nobody has measured while there is another', async () => {
    const { expects: _, ...unmeasured } = device('unmeasured', 1e9);
    expect(await openedBy('auto', [unmeasured])).not.toBe('unmeasured');
    expect(await openedBy('unmeasured', [unmeasured])).toBe('unmeasured');
  });

  it('tries the next one where a device fails to open although its probe was content', async () => {
    const broken: DevicePlugin = {
      ...device('broken', 2e9),
      open: () => openDevice('missing', { plugins: [missing] }),
    };
    expect(await openedBy('auto', [broken, device('fast', 1e9)])).toBe('fast');
  });

  it('says why a device cannot be opened', async () => {
    await expect(openDevice('missing', { plugins: [missing] })).rejects.toThrow(/no adapter found/);
  });

  it('suggests the nearest name for an unknown one', async () => {
    await expect(openDevice('cpuu')).rejects.toThrow(
      /there is no device named "cpuu"; nearest: "cpu"; accepted: cpu, .*, auto$/,
    );
  });

  it('opens a device with options of its own, checked by its schema', async () => {
    const given: unknown[] = [];
    const plugin: DevicePlugin = {
      ...device('deep', 1e9),
      options: {
        type: 'object',
        properties: { depth: { type: 'integer', default: 2, description: 'How deep.' } },
        additionalProperties: false,
      },
      open: async (options) => {
        given.push(options);
        return createTfjsDevice('deep', 'cpu');
      },
    };
    for (const mention of ['deep', { name: 'deep', depth: 5 }])
      await (await openDevice(mention, { plugins: [plugin] })).close();
    expect(given).toEqual([{ depth: 2 }, { depth: 5 }]);
    await expect(openDevice({ name: 'deep', dept: 5 }, { plugins: [plugin] })).rejects.toThrow(
      'device deep: "dept" is not a known key; nearest: "depth"',
    );
    await expect(openDevice({ name: 'auto', threads: 5 })).rejects.toThrow(
      'device auto: "threads" is not a known key',
    );
  });

  it('refuses two devices of one name', async () => {
    await expect(openDevice('auto', { plugins: [device('cpu', 1)] })).rejects.toThrow(
      /two devices are named "cpu"/,
    );
  });
});

describe('probeDevices', () => {
  it('lists every device, fastest first, with the reason where one is missing', async () => {
    const [first, ...rest] = await probeDevices([missing]);
    expect(first).toMatchObject({
      device: { name: 'missing' },
      availability: { available: false, reason: 'no adapter found' },
      expected: 3e9,
    });
    expect(rest.map(({ device: { name } }) => name).sort()).toEqual([
      'cpu',
      'tensorflow',
      'tensorflow-gpu',
      'tfjs-cpu',
      'webgpu',
    ]);
  });
});
