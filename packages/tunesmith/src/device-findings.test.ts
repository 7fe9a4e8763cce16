import { createTfjsDevice, type Availability, type DevicePlugin } from '@tunesmith/runtime';
import { definePlugin } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { fileURLToPath } from 'node:url';
import { deviceFindings } from './device-findings.ts';
import { openSession } from './open-session.ts';
import type { Warning } from './session.ts';

const model = fileURLToPath(new URL('../../testing/fixtures/peft/base_llama', import.meta.url));

const plugin = (name: string, availability: Availability): DevicePlugin => ({
  specVersion: 2,
  name,
  description: name,
  expects: () => 1e9,
  probe: async () => availability,
  open: async () => createTfjsDevice(name, 'cpu'),
});

test('a faster device that an installation would bring is named with what to type', async () => {
  const faster = plugin('faster', {
    available: false,
    reason: 'the package fast is not installed',
    remedy: 'install it: npm install fast',
  });
  expect(await deviceFindings({ name: 'cpu' }, [faster])).toEqual([
    {
      code: 'slow-device',
      message:
        'this runs on cpu, which is slower than faster: the package fast is not installed; install it: npm install fast',
    },
  ]);
});

test('a device that nothing would bring, and one that is slower, are no findings', async () => {
  const never = plugin('never', { available: false, reason: 'no such hardware' });
  expect(await deviceFindings({ name: 'cpu' }, [never])).toEqual([]);
  expect(await deviceFindings({ name: 'never' }, [never])).toEqual([]);
});

test('every job on a model hears of it, unless it named its device', async () => {
  const faster = plugin('faster', { available: false, reason: 'no fast', remedy: 'install fast' });
  const warningsOf = async (device?: string): Promise<Warning[]> => {
    const warnings: Warning[] = [];
    const session = await openSession({
      model,
      plugins: [definePlugin('device', faster)],
      onWarning: (warning) => warnings.push(warning),
      ...(device === undefined ? {} : { device }),
    });
    await session.close();
    return warnings;
  };
  expect((await warningsOf()).map(({ code }) => code)).toEqual(['slow-device']);
  expect(await warningsOf('cpu')).toEqual([]);
});
