import { loadModel } from '@tunesmith/models';
import type { Model } from '@tunesmith/models';
import { openDevice, valueAndGradients } from '@tunesmith/runtime';
import type { TensorMap } from '@tunesmith/runtime';
import type { Tokenized } from '@tunesmith/schema';
import { expect, test } from 'vitest';
import {
  checkpointFixture,
  checkpointNames,
} from '../../../models/test-support/checkpoint-fixtures.ts';
import type { CheckpointFixture } from '../../../models/test-support/checkpoint-fixtures.ts';
import { noVirtualTokens } from '../data/documents.ts';
import type { Example } from '../data/rows.ts';
import type { Objective } from './objective.ts';
import { createObjective } from './plugins.ts';

const objectiveOf = {
  causal: 'causal-lm',
  mlm: 'masked-lm',
  seq2seq: 'seq2seq',
  classify: 'classification',
} as const;

/** The examples that the reference computed its loss of; its decoders read other tokens than they are to predict. */
function examplesOf(fixture: CheckpointFixture, objective: Objective): Example[] {
  return fixture.ids.map((row, i) => {
    const ids = row.filter((_, at) => (fixture.attentionMask?.[i]?.[at] ?? 1) === 1);
    const labels = fixture.labels[i]!;
    if (fixture.kind === 'seq2seq')
      return {
        id: `${i}`,
        truncated: 0,
        source: Int32Array.from(ids),
        ids: Int32Array.from(fixture.decoderIds![i]!),
        targets: Int32Array.from(labels),
      };
    const record: Tokenized = {
      id: `${i}`,
      input_ids: ids,
      labels: fixture.kind === 'classify' ? ids.map(() => -100) : labels.slice(0, ids.length),
      ...(fixture.kind === 'classify' ? { meta: { label: labels[0] } } : {}),
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
  const names = Object.keys(model.parameters);
  const run = device.jit('reference', (inputs: TensorMap) => {
    const { outputs, gradients } = valueAndGradients(
      (parameters) => ({
        loss: objective.loss(inputs, { parameters, hooks: {}, training: true }).loss,
      }),
      Object.fromEntries(names.map((name) => [name, inputs[name]!])),
    );
    return { loss: outputs.loss, ...gradients };
  });
  const found = await run({ ...model.parameters, ...feeds });
  const loss = (await device.read(found['loss']!)).data[0]! / normalizer;
  let squares = 0;
  for (const name of names)
    for (const value of (await device.read(found[name]!)).data)
      squares += (value / normalizer) ** 2;
  await device.close();
  return { loss, gradientNorm: Math.sqrt(squares) };
}

test.each(checkpointNames)('the loss and gradient norm of transformers: %s', async (name) => {
  const fixture = await checkpointFixture(name);
  const model = await loadModel(fixture.directory);
  const objective = createObjective(objectiveOf[fixture.kind], {
    model,
    maximumLength: 64,
    virtualTokens: noVirtualTokens,
  });
  const { loss, gradientNorm } = await measured(model, objective, examplesOf(fixture, objective));
  expect(Math.abs(loss / fixture.loss - 1), `loss ${loss}, expected ${fixture.loss}`).toBeLessThan(
    1e-5,
  );
  expect(
    Math.abs(gradientNorm / fixture.gradientNorm - 1),
    `gradient norm ${gradientNorm}, expected ${fixture.gradientNorm}`,
  ).toBeLessThan(1e-4);
});
