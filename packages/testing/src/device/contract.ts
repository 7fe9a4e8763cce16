import type { Device, DevicePlugin } from '@tunesmith/runtime';
import { testCalls } from './call-contract.ts';
import { testNumbers } from './number-contract.ts';
import { testOverwriting } from './overwriting-contract.ts';
import { testTensors } from './tensor-contract.ts';

/** Declares the tests of what `Device` promises beside its kernels. */
export function testContract(
  plugin: DevicePlugin,
  device: () => Device,
  deterministic: boolean,
): void {
  testTensors(device);
  testCalls(plugin, device);
  testOverwriting(device);
  testNumbers(device, deterministic);
}
