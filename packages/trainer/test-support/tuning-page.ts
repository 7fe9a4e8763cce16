// A page that tunes: without a server's help but for the base's files, on the reference device, with its adapter kept in the
// origin's own file system.
import { tfjsCpuDevice } from '@tunesmith/runtime';
import { directoryFiles, httpFiles } from '@tunesmith/schema';
import { expect, it } from 'vitest';
import { tuneFrom } from './tune-from.ts';

it('takes the steps that it takes in Node', async () => {
  const files = httpFiles(new URL('/files', location.href));
  const kept = directoryFiles(await navigator.storage.getDirectory());
  const device = await tfjsCpuDevice.open();
  const { losses, numbers } = await tuneFrom(files, kept, device);
  const wanted = (await (await fetch('/files/wanted.json')).json()) as typeof found;
  const found = { losses, numbers };
  expect(found.losses).toHaveLength(4);
  found.losses.forEach((loss, step) => expect(loss / wanted.losses[step]!).toBeCloseTo(1, 5));
  expect(found.numbers).toHaveLength(wanted.numbers.length);
  found.numbers.forEach((number, i) => expect(number).toBeCloseTo(wanted.numbers[i]!, 5));
  expect(await kept.list()).toContain('adapter_model.safetensors');
});
