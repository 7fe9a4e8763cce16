import { lora } from '@tunesmith/lora';
import { int8Precision, placeModel, smoothingOf } from '@tunesmith/models';
import { createAdapter, type Adapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { RunEvent, Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { temporaryFolder, tinyLlama } from '../../test-support/tiny.ts';
import { train } from '../node/train.ts';

const model = tinyLlama();

const records: Tokenized[] = Array.from({ length: 24 }, (_, row) => {
  const ids = Array.from({ length: 14 }, (__, at) => (3 + (row % 4) * 5 + at * 3) % 32);
  return { id: `row ${row}`, input_ids: ids, labels: ids };
});

const steps = (events: readonly RunEvent[]) =>
  events.flatMap((event) => (event.type === 'step' ? [event] : []));

/** A LoRA run of 12 steps on a device; in int8, smoothed by two rows. */
async function run(
  precision: 'float32' | 'int8',
  options: {
    device?: string;
    steps?: number;
    directory?: string;
    resume?: boolean;
    stopAfter?: number;
  } = {},
) {
  const device = await openDevice(options.device ?? 'cpu');
  const adapter = (await createAdapter({
    model,
    method: lora,
    config: { r: 4, alpha: 8, targets: 'all-linear', dropout: 0.1 },
    seed: 1,
  })) as Adapter;
  const place = async () => {
    if (precision === 'float32') return placeModel(model, device);
    const floats = await placeModel(model, device);
    const rows = records.slice(0, 2).map(({ input_ids: ids }) => ({ ids }));
    const smoothing = await smoothingOf(floats, rows);
    floats.dispose();
    return placeModel(model, device, {
      precision: int8Precision(model.spec, { largest: 127, smoothing }),
    });
  };
  const events: RunEvent[] = [];
  const stop = new AbortController();
  try {
    const { parameters } = await train({
      model,
      place,
      adapters: [adapter],
      data: records,
      device,
      seed: 5,
      training: {
        steps: options.steps ?? 12,
        batch_size: 2,
        max_length: 32,
        checkpoint_every: 4,
        optimizer: { learning_rate: 4e-2 },
      },
      signal: stop.signal,
      onEvent(event) {
        events.push(event);
        if (event.type === 'step' && event.step === options.stopAfter) stop.abort();
      },
      ...(options.directory ? { directory: options.directory } : {}),
      ...(options.resume ? { resume: true } : {}),
    });
    return { events, parameters };
  } finally {
    await device.close();
  }
}

test('LoRA on maps in int8 learns as on maps in float32, and the run says which it is', async () => {
  const exact = steps((await run('float32')).events).map(({ loss }) => loss);
  const { events } = await run('int8');
  const rounded = steps(events).map(({ loss }) => loss);
  expect(events.find((event) => event.type === 'start')).toMatchObject({ precision: 'int8' });
  expect(exact.at(-1)).toBeLessThan(0.9 * exact[0]!);
  for (const [step, loss] of exact.entries())
    expect(Math.abs(rounded[step]! / loss - 1), `step ${step + 1}`).toBeLessThan(0.015);
  expect(rounded).not.toEqual(exact);
});

test('the eager device computes the same integers', async () => {
  const compiled = steps((await run('int8', { steps: 4 })).events).map(({ loss }) => loss);
  const eager = steps((await run('int8', { device: 'tfjs-cpu', steps: 4 })).events).map(
    ({ loss }) => loss,
  );
  // A rounding of float32 can tip a number over to the next integer, so trajectories drift apart slowly.
  for (const [step, loss] of compiled.entries())
    expect(Math.abs(eager[step]! / loss - 1), `step ${step + 1}`).toBeLessThan(2e-3);
  expect(Math.abs(eager[0]! / compiled[0]! - 1)).toBeLessThan(1e-5);
});

test('a run in int8 that was stopped goes on bit for bit', async () => {
  const whole = await run('int8', { directory: await temporaryFolder() });
  const directory = await temporaryFolder();
  const first = await run('int8', { directory, stopAfter: 6 });
  const rest = await run('int8', { directory, resume: true });
  const joined = [...steps(first.events), ...steps(rest.events)];
  expect(joined.map(({ loss, grad_norm }) => [loss, grad_norm])).toEqual(
    steps(whole.events).map(({ loss, grad_norm }) => [loss, grad_norm]),
  );
  expect(rest.parameters).toEqual(whole.parameters);
});
