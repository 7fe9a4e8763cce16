import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readEveryWeight, toHostTensor } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import { openDevice } from '@tunesmith/runtime/node';
import { expect, test } from 'vitest';
import { tinyLlama } from '../../test-support/tiny.ts';
import { noVirtualTokens } from '../data/documents.ts';
import { createObjective } from './plugins.ts';

/** A tiny Mixtral whose configuration asks for the routers' loss, and the whole loss that transformers computed. */
const folder = fileURLToPath(
  new URL('../../../models/test-support/fixtures/mixtral_joined/', import.meta.url),
);
const model = await loadModel(folder);
const expected = JSON.parse(await readFile(`${folder}expected.json`, 'utf8')) as { loss: number };
const { tensors } = await readSafetensors(`${folder}inputs.safetensors`);

async function rowsOf(name: string): Promise<number[][]> {
  const { data, shape } = toHostTensor(tensors[name]!, name);
  const width = shape[1]!;
  return Array.from({ length: shape[0]! }, (_, i) =>
    Array.from(data.slice(i * width, (i + 1) * width)),
  );
}

/** Loss and reported sums of the fixture's rows, as means. */
async function measured(
  router_loss: number | 'configured',
  training = true,
): Promise<{ loss: number; means: Record<string, number> }> {
  const objective = createObjective(
    { name: 'causal-lm', router_loss },
    { model, maximumLength: 64, virtualTokens: noVirtualTokens },
  );
  const labels = await rowsOf('labels');
  const examples = (await rowsOf('input_ids')).map((ids, i) =>
    objective.tokenize({ id: `${i}`, input_ids: ids, labels: labels[i]! }),
  );
  const tokens = Math.max(...examples.map((example) => objective.size(example).tokens));
  const { feeds, normalizer } = objective.collate(
    examples.map((example) => objective.row([example], { tokens })),
    { rows: examples.length, tokens, supervised: examples.length * tokens, packed: false },
    { training, seeds: [0, 0] },
  );
  const device = await openDevice('tfjs-cpu');
  const run = device.jit('loss', (inputs) => {
    const { loss, sums } = objective.loss(inputs, { parameters: inputs, hooks: {}, training });
    return { loss, ...sums };
  });
  const found = await run({ ...(await readEveryWeight(model.weights)), ...feeds });
  const mean = async (name: string): Promise<number> =>
    (await device.read(found[name]!)).data[0]! / normalizer;
  const means: Record<string, number> = {};
  for (const [sum, reported] of Object.entries(objective.sums)) means[reported] = await mean(sum);
  const loss = await mean('loss');
  await device.close();
  return { loss, means };
}

test('the routers’ loss has the weight of the configuration, another one, or none', async () => {
  const weight = model.spec.routerLoss!;
  const configured = await measured('configured');
  expect(configured.loss).toBeCloseTo(expected.loss, 4);
  expect((await measured(weight)).loss).toBe(configured.loss);
  const off = await measured(0);
  expect(Object.keys(off.means)).toEqual(['accuracy']);
  const router = configured.means['router_loss']!;
  expect(router).toBeCloseTo((expected.loss - off.loss) / weight, 3);
  expect((await measured(3 * weight)).loss).toBeCloseTo(off.loss + 3 * weight * router, 5);
});

test('what is measured reports it and does not add it', async () => {
  const [trained, measuring] = [await measured('configured'), await measured('configured', false)];
  expect(measuring.means).toEqual(trained.means);
  expect(measuring.loss).toBe((await measured(0)).loss);
});

test('a model without experts has no such loss', () => {
  const of = (router_loss: number | 'configured') =>
    createObjective(
      { name: 'causal-lm', router_loss },
      { model: tinyLlama(), maximumLength: 8, virtualTokens: noVirtualTokens },
    );
  expect(Object.keys(of('configured').sums)).toEqual(['correct']);
  expect(() => of(0.1)).toThrow(
    /router_loss has a weight, and a model of type llama has no experts/,
  );
});
