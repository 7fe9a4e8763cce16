import { openDevice } from '@tunesmith/runtime';
import type { RunEvent } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { openTokenStream } from '../data/token-stream.ts';
import { countingStream, temporaryFolder, tinyLlama } from '../test-support/tiny.ts';
import { train } from './train.ts';

test('a llama trained from scratch on a token stream learns it, with every tensor moving', async () => {
  const directory = await temporaryFolder();
  const model = tinyLlama();
  const data = openTokenStream({ path: await countingStream(directory, 400), tokens: 16 });
  const device = await openDevice('tfjs-cpu');
  const losses: number[] = [];
  const result = await train({
    model,
    full: true,
    data,
    device,
    seed: 1,
    training: { steps: 40, batch_size: 2, optimizer: { learning_rate: 1e-2 }, schedule: { name: 'constant' } },
    onEvent: (event: RunEvent) => event.type === 'step' && losses.push(event.loss),
  });
  expect(losses[0]).toBeGreaterThan(3);
  expect(losses.at(-1)).toBeLessThan(1.5);
  for (const [name, { data: before }] of Object.entries(model.parameters)) {
    expect(result.parameters[name]!.data, name).not.toEqual(before);
  }
  await device.close();
});
