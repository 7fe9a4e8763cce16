import { overlayWeights } from '@tunesmith/models';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lora } from '@tunesmith/lora';
import type { Model } from '@tunesmith/models';
import { createAdapter } from '@tunesmith/peft';
import { openDevice } from '@tunesmith/runtime/node';
import type { RunEvent, Tokenized } from '@tunesmith/schema';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder, tinyLlama } from '../../test-support/tiny.ts';
import type { EvaluationPlan, TrainingInput } from './options.ts';
import { train } from '../node/train.ts';

const data = Array.from({ length: 12 }, (_, row): Tokenized => {
  const ids = Array.from({ length: 8 }, (__, i) => (row * 5 + i * 3) % 32);
  return { id: `${row}`, input_ids: ids, labels: ids };
});

let model: Model;
let device: Awaited<ReturnType<typeof openDevice>>;
beforeAll(async () => {
  model = tinyLlama();
  device = await openDevice('cpu');
});

interface Change {
  training?: TrainingInput;
  method?: object;
  model?: Model | Promise<Model>;
  data?: readonly Tokenized[];
  seed?: number;
  identity?: Record<string, string>;
  evaluation?: EvaluationPlan;
}

/** A run of 6 steps with a checkpoint every 2, as `change` has it. */
async function run(directory: string, resume: boolean, change: Change = {}) {
  const events: RunEvent[] = [];
  const config = { r: 2, alpha: 8, targets: ['q_proj', 'v_proj'], ...change.method };
  const base = (await change.model) ?? model;
  const result = await train({
    model: base,
    adapters: [await createAdapter({ model: base, method: lora, config, seed: 3 })],
    data: change.data ?? data,
    device,
    directory,
    resume,
    seed: change.seed ?? 5,
    ...(change.identity ? { identity: change.identity } : {}),
    ...(change.evaluation ? { evaluation: change.evaluation } : {}),
    training: {
      steps: 6,
      batch_size: 2,
      max_length: 16,
      checkpoint_every: 2,
      optimizer: { learning_rate: 1e-2 },
      schedule: { name: 'constant' },
      ...change.training,
    },
    onEvent: (event) => events.push(event),
  });
  const steps = events.flatMap((event) => (event.type === 'step' ? [event.step] : []));
  const warnings = events.flatMap((event) => (event.type === 'warning' ? [event] : []));
  return { result, steps, warnings };
}

const configured = (changes: object): Model => ({
  ...model,
  spec: model.architecture.spec({ ...model.spec.configuration, ...changes }),
});

async function withOneValueChanged(): Promise<Model> {
  const name = 'model.layers.1.mlp.down_proj.weight';
  const tensor = await model.weights.read(name);
  const values = Float32Array.from(tensor.data);
  values[101]! += 1e-3;
  return {
    ...model,
    weights: overlayWeights(model.weights, { [name]: { ...tensor, data: values } }),
  };
}

describe('what changes a number is refused by its name', () => {
  test.each<[string, () => Change, RegExp]>([
    ['alpha', () => ({ method: { alpha: 32 } }), /: method\.alpha was 8 and is 32; accepted/],
    [
      'dropout',
      () => ({ method: { dropout: 0.5 } }),
      /: method\.dropout was 0 and is 0\.5; accepted/,
    ],
    [
      'rslora',
      () => ({ method: { use_rslora: true } }),
      /method\.use_rslora was false and is true/,
    ],
    ['rank', () => ({ method: { r: 4 } }), /: method\.r was 2 and is 4; accepted/],
    [
      'targets',
      () => ({ method: { targets: ['q_proj'] } }),
      /method\.targets was \["q_proj","v_proj"\]/,
    ],
    [
      'rope',
      () => ({ model: configured({ rope_theta: 5e5 }) }),
      /model\.configuration\.rope_theta was 10000 and is 500000/,
    ],
    [
      'epsilon',
      () => ({ model: configured({ rms_norm_eps: 1e-3 }) }),
      /rms_norm_eps was 0\.000001 and is 0\.001/,
    ],
    [
      'a weight',
      () => ({ model: withOneValueChanged() }),
      /: model\.weights was "sha256:\w{12}…" and is "sha256:\w{12}…"; accepted/,
    ],
    ['the data', () => ({ data: data.slice(1) }), /data\.sha256 was/],
    ['the seed', () => ({ seed: 6 }), /seed was 5 and is 6/],
    [
      'the optimizer',
      () => ({ training: { optimizer: { learning_rate: 1e-3 } } }),
      /learning_rate was 0\.01 and is 0\.001/,
    ],
    [
      'the schedule',
      () => ({ training: { schedule: { name: 'linear' } } }),
      /schedule\.name was "constant" and is "linear"/,
    ],
    [
      'what the caller adds',
      () => ({ identity: { tokenizer: 'b' } }),
      /tokenizer was absent and is "b"/,
    ],
    [
      'fewer steps',
      () => ({ training: { steps: 5 } }),
      /training\.steps was 6 and is 5; a run can be lengthened, not shortened/,
    ],
  ])('%s', async (_, change, message) => {
    const folder = await temporaryFolder();
    await run(folder, false);
    const before = await readdir(folder, { recursive: true });
    await expect(run(folder, true, change())).rejects.toThrow(message);
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });
});

test('names and stored types in config.json change no number', async () => {
  const folder = await temporaryFolder();
  await run(folder, false);
  const renamed = configured({ _name_or_path: 'mine', torch_dtype: 'bfloat16' });
  expect((await run(folder, true, { model: renamed })).steps).toEqual([]);
});

describe('a run that is lengthened', () => {
  test('computes what a longer run would have, where the schedule does not look at its end', async () => {
    const folder = await temporaryFolder();
    await run(folder, false);
    const longer = await run(folder, true, { training: { steps: 9 } });
    const whole = await run(await temporaryFolder(), false, { training: { steps: 9 } });
    expect(longer.steps).toEqual([7, 8, 9]);
    expect(longer.result.parameters).toEqual(whole.result.parameters);
  });

  test('says what the schedule now means', async () => {
    const folder = await temporaryFolder();
    const schedule = { name: 'linear' };
    await run(folder, false, { training: { schedule } });
    const { warnings } = await run(folder, true, { training: { schedule, steps: 8 } });
    expect(warnings).toMatchObject([
      {
        code: 'lengthened',
        message:
          'training.steps was 6 and is 8: the schedule linear is laid out over 8 steps from here on; the learning rate was 0.00167 at step 6 and is 0.0025 at step 7',
      },
    ]);
  });

  test('says which rows of the next epoch a short last step leaves out', async () => {
    const folder = await temporaryFolder();
    await trainEpochs(folder, false, 1.25);
    const { warnings } = await trainEpochs(folder, true, 2);
    expect(warnings[0]!.message).toContain('its last step was 2 rows short');
  });

  test('that has no more steps to do says so', async () => {
    const folder = await temporaryFolder();
    await run(folder, false);
    const { steps, warnings } = await run(folder, true);
    expect(steps).toEqual([]);
    expect(warnings).toMatchObject([
      { code: 'nothing-left', message: expect.stringMatching(/^all 6 steps of this run are done/) },
    ]);
  });
});

async function trainEpochs(directory: string, resume: boolean, epochs: number) {
  const warnings: Extract<RunEvent, { type: 'warning' }>[] = [];
  const adapter = await createAdapter({ model, method: lora, config: { r: 2 }, seed: 3 });
  await train({
    model,
    adapters: [adapter],
    data,
    device,
    directory,
    resume,
    seed: 5,
    training: { epochs, batch_size: 5, packing: false, max_length: 16, checkpoint_every: 0 },
    onEvent: (event) => event.type === 'warning' && warnings.push(event),
  });
  return { warnings };
}

describe('a damaged checkpoint', () => {
  async function flip(folder: string, step: string, name: string): Promise<void> {
    const path = join(folder, 'checkpoints', step, name);
    const bytes = await readFile(path);
    bytes[bytes.length - 1]! ^= 1;
    await writeFile(path, bytes);
  }

  test('is named and set aside, and the one before it leads to the same end', async () => {
    const folder = await temporaryFolder();
    const whole = await run(folder, false);
    await flip(folder, 'step-00000006', 'optimizer.safetensors');
    const again = await run(folder, true);
    expect(again.warnings).toMatchObject([
      {
        code: 'damaged-checkpoint',
        message: expect.stringMatching(
          /step-00000006 is damaged: optimizer\.safetensors is not as it was written: its checksum differs; it was set aside as damaged-step-00000006, and the run goes on from the checkpoint before it, of step 4$/,
        ),
      },
    ]);
    expect(again.steps).toEqual([5, 6]);
    expect(again.result.parameters).toEqual(whole.result.parameters);
    expect(await readdir(join(folder, 'checkpoints'))).toEqual([
      'damaged-step-00000006',
      'step-00000004',
      'step-00000006',
    ]);
  });

  test('with no whole one before it ends the run, and nothing is touched', async () => {
    const folder = await temporaryFolder();
    await run(folder, false);
    await flip(folder, 'step-00000004', 'progress.json');
    await flip(folder, 'step-00000006', 'parameters.safetensors');
    const before = await readdir(folder, { recursive: true });
    await expect(run(folder, true)).rejects.toThrow(
      /no checkpoint in .* is whole, .*step-00000006 is damaged: parameters\.safetensors.*\n.*also: .*step-00000004 is damaged: progress\.json/,
    );
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  test('of the best parameters is said, and the last ones are the result', async () => {
    const folder = await temporaryFolder();
    const evaluation: EvaluationPlan = {
      every: 3,
      keepBest: true,
      run: ({ step }) => Promise.resolve({ results: [], watch: { metric: 'loss', value: step } }),
    };
    await run(folder, false, { evaluation });
    const path = join(folder, 'best', 'step-00000003', 'parameters.safetensors');
    await writeFile(path, (await readFile(path)).subarray(0, 100));
    const { warnings } = await run(folder, true, { evaluation });
    expect(warnings.map(({ code }) => code)).toEqual(['nothing-left', 'best-lost', 'best-lost']);
  });
});

test('a run that had stopped early stays stopped', async () => {
  const folder = await temporaryFolder();
  const evaluation: EvaluationPlan = {
    every: 1,
    earlyStopping: { patience: 2 },
    run: ({ step }) => Promise.resolve({ results: [], watch: { metric: 'loss', value: step } }),
  };
  const first = await run(folder, false, { evaluation });
  expect([first.result.step, first.result.reason]).toEqual([3, 'early-stopping']);
  const again = await run(folder, true, { evaluation });
  expect([again.steps, again.result.reason]).toEqual([[], 'early-stopping']);
  expect(again.warnings).toMatchObject([{ message: 'the run had stopped early, at step 3' }]);
});
