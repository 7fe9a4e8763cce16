import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readEveryWeight, toHostTensor } from '@tunesmith/models';
import { loadModel, readSafetensors } from '@tunesmith/models/node';
import type { Model } from '@tunesmith/models';
import { valueAndGradients } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import type { TensorMap } from '@tunesmith/runtime';
import type { Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import { noVirtualTokens } from '../data/documents.ts';
import type { Example } from '../data/rows.ts';
import type { Objective } from './objective.ts';
import { createObjective } from './plugins.ts';

/** Tiny checkpoints that transformers wrote, each with what it computed of a few inputs. */
const folder = fileURLToPath(new URL('../../../models/test-support/fixtures/', import.meta.url));

interface Reference {
  readonly kind: keyof typeof objectiveOf;
  readonly loss: number;
  readonly grad_norm: number;
}

/** The rows of each input, by name. */
async function inputsOf(name: string): Promise<Record<string, number[][]>> {
  const { tensors } = await readSafetensors(`${folder}${name}/inputs.safetensors`);
  return Object.fromEntries(
    Object.entries(tensors).map(([input, tensor]) => {
      const { data, shape } = toHostTensor(tensor, input);
      const [rows, width = 1] = shape as [number, number?];
      const values = Array.from(data);
      const all = Array.from({ length: rows }, (_, i) => values.slice(i * width, (i + 1) * width));
      return [input, all];
    }),
  );
}

const objectiveOf = {
  causal: 'causal-lm',
  mlm: 'masked-lm',
  seq2seq: 'seq2seq',
  classify: 'classification',
} as const;

/** The examples that the reference computed its loss of; its decoders read other tokens than they are to predict. */
function examplesOf(
  inputs: Readonly<Record<string, number[][]>>,
  kind: Reference['kind'],
  objective: Objective,
): Example[] {
  return inputs['input_ids']!.map((row, i) => {
    const ids = row.filter((_, at) => (inputs['attention_mask']?.[i]?.[at] ?? 1) === 1);
    const labels = inputs['labels']![i]!;
    if (kind === 'seq2seq')
      return {
        id: `${i}`,
        truncated: 0,
        source: Int32Array.from(ids),
        ids: Int32Array.from(inputs['decoder_input_ids']![i]!),
        targets: Int32Array.from(labels),
      };
    const record: Tokenized = {
      id: `${i}`,
      input_ids: ids,
      labels: kind === 'classify' ? ids.map(() => -100) : labels.slice(0, ids.length),
      ...(kind === 'classify' ? { meta: { label: labels[0] } } : {}),
    };
    return objective.tokenize(record);
  });
}

/** Loss and norm of the gradient over all parameters of all examples, each in a row of its own. */
async function measured(model: Model, objective: Objective, examples: readonly Example[]) {
  const sizes = examples.map((example) => objective.size(example));
  const sourceTokens = Math.max(...sizes.map((size) => size.sourceTokens ?? 0));
  const lengths = {
    tokens: Math.max(...sizes.map(({ tokens }) => tokens)),
    ...(sourceTokens > 0 ? { sourceTokens } : {}),
  };
  const supervised = sizes.reduce((sum, size) => sum + size.supervised, 0);
  const { feeds, normalizer } = objective.collate(
    examples.map((example) => objective.row([example], lengths)),
    { rows: examples.length, ...lengths, supervised, packed: false },
    { training: true, seeds: examples.map(() => 0) },
  );
  const device = await openDevice('tfjs-cpu');
  const weights = await readEveryWeight(model.weights);
  // A constant of a checkpoint is no parameter.
  const names = Object.keys(weights).filter((name) => !model.spec.tensors[name]?.constant);
  const run = device.jit('reference', (inputs: TensorMap) => {
    const { outputs, gradients } = valueAndGradients(
      (parameters) => ({
        loss: objective.loss(inputs, {
          parameters: { ...inputs, ...parameters },
          hooks: {},
          training: true,
        }).loss,
      }),
      Object.fromEntries(names.map((name) => [name, inputs[name]!])),
    );
    return { loss: outputs.loss, ...gradients };
  });
  const found = await run({ ...weights, ...feeds });
  const loss = (await device.read(found['loss']!)).data[0]! / normalizer;
  let squares = 0;
  for (const name of names)
    for (const value of (await device.read(found[name]!)).data)
      squares += (value / normalizer) ** 2;
  await device.close();
  return { loss, gradientNorm: Math.sqrt(squares) };
}

/** Whether every row is a text with padding after it: what padding elsewhere hides is no text of a record's. */
function areTexts({ attention_mask: mask = [] }: Readonly<Record<string, number[][]>>): boolean {
  return mask.every((row) => row.every((seen, at) => at === 0 || seen <= row[at - 1]!));
}

const checkpoints = await Promise.all(
  readdirSync(folder)
    .toSorted()
    .map(async (name) => ({ name, inputs: await inputsOf(name) })),
);

test.each(checkpoints.filter(({ inputs }) => areTexts(inputs)))(
  'the loss and gradient norm of transformers: $name',
  async ({ name, inputs }) => {
    const expected = JSON.parse(
      await readFile(`${folder}${name}/expected.json`, 'utf8'),
    ) as Reference;
    const model = await loadModel(`${folder}${name}`);
    const objective = createObjective(objectiveOf[expected.kind], {
      model,
      maximumLength: 64,
      virtualTokens: noVirtualTokens,
    });
    const { loss, gradientNorm } = await measured(
      model,
      objective,
      examplesOf(inputs, expected.kind, objective),
    );
    expect(
      Math.abs(loss / expected.loss - 1),
      `loss ${loss}, expected ${expected.loss}`,
    ).toBeLessThan(1e-5);
    expect(
      Math.abs(gradientNorm / expected.grad_norm - 1),
      `gradient norm ${gradientNorm}, expected ${expected.grad_norm}`,
    ).toBeLessThan(1e-4);
  },
);
