import { tf, valueAndGradients, type Device, type HostTensor } from '@tunesmith/runtime';
import { openDevice } from '@tunesmith/runtime/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  checkpointFixture,
  checkpointNames,
  type CheckpointFixture,
} from '../../test-support/checkpoint-fixtures.ts';
import { temporaryFolder, worstDifference } from '../../test-support/fixtures.ts';
import { loadModel } from '../node/load.ts';
import { saveModel } from '../node/save.ts';
import { createDecoder } from '../generation/decoder.ts';
import { bindModel } from '../language-model/bound.ts';
import { classifiedToken, shiftedRight } from '../language-model/classified-token.ts';
import { createLanguageModel } from '../language-model/language-model.ts';
import type { Batch, Model, TokenSequence } from '../model.ts';
import { readSafetensors } from '../node/safetensors.ts';
import { placeModel } from '../weights/place.ts';
import { readEveryWeight } from '../weights/store.ts';
import { createScope } from './scope.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('cpu');
});
afterAll(() => device.close());

/** Differences up to this count as none: 1e-4, or 1e-3 of the largest logit where that is more. */
const tolerance = ({ logits }: CheckpointFixture): number =>
  Math.max(1e-4, 1e-3 * logits.reduce((most, one) => Math.max(most, Math.abs(one)), 0));

describe.each(checkpointNames)('%s', (name) => {
  let fixture: CheckpointFixture;
  let model: Model;
  beforeAll(async () => {
    fixture = await checkpointFixture(name);
    model = await loadModel(fixture.directory);
  });

  test('gives the logits of transformers', async () => {
    const placed = await placeModel(model, device);
    const language = createLanguageModel({ placed });
    const { data } = await language.logits(fixture.ids, fixture);
    const [found, expected] = [data as Float32Array, fixture.logits].map((logits) =>
      seenLogits(model, fixture, logits).flat(),
    ) as [Float32Array[], Float32Array[]];
    const differences = found.map((row, i) => worstDifference(row, expected[i]!));
    expect(differences.length).toBe(expected.length);
    expect(Math.max(...differences)).toBeLessThan(tolerance(fixture));
  });

  test('gives the loss and the gradient norm of transformers', async () => {
    const { loss, gradientNorm } = await lossAndNorm(model, fixture);
    expect(Math.abs(loss / fixture.loss - 1)).toBeLessThan(1e-5);
    expect(Math.abs(gradientNorm / fixture.gradientNorm - 1)).toBeLessThan(1e-4);
  });

  test('decodes with a cache what it computes at once', async () => {
    if (model.spec.caches.length === 0 || model.spec.headKind.kind === 'labels') {
      expect(model.spec.kind === 'encoder' || fixture.kind === 'classify').toBe(true);
      return;
    }
    const placed = await placeModel(model, device);
    const start = createDecoder(bindModel({ placed }));
    const tokens = fixture.decoderIds ?? unpadded(fixture);
    const read = fixture.decoderIds ? 1 : 3;
    const prompts = fixture.decoderIds
      ? unpadded(fixture)
      : tokens.map((row) => row.slice(0, read));
    const longest = Math.max(...tokens.map(({ length }) => length));
    const group = await start(prompts, longest);
    const expected = seenLogits(model, fixture, fixture.logits);
    let logits = group.first;
    // Beyond its original context LongRoPE turns every position anew: the whole pass shows what comes from there on.
    const { originalPositions: original = 0 } = model.spec;
    const comparable = original < longest ? original : 0;
    for (let at = read; at <= longest; at++) {
      const rows = logits.map((row, i) =>
        at <= comparable || at > tokens[i]!.length
          ? 0
          : worstDifference(row, expected[i]![at - 1]!),
      );
      expect(Math.max(...rows)).toBeLessThan(tolerance(fixture));
      if (at < longest) logits = await group.next(tokens.map((row) => row[at]));
    }
    group.close();
  });

  test('keeps the names of its weights when it is saved', async () => {
    const folder = `${await temporaryFolder()}/saved`;
    await saveModel(model, folder);
    const names = async (from: string): Promise<string[]> =>
      Object.keys((await readSafetensors(`${from}/model.safetensors`)).tensors).toSorted();
    expect(await names(folder)).toEqual(await names(fixture.directory));
    const values = async (of: Model) => readEveryWeight(of.weights);
    expect(await values(await loadModel(folder))).toEqual(await values(model));
  });
});

/** The rows of ids without what the mask hides at their ends. */
function unpadded({ ids, attentionMask }: CheckpointFixture): number[][] {
  return ids.map((row, i) => row.filter((_, j) => attentionMask?.[i]?.[j] !== 0));
}

/** The logits of each row's tokens that the mask does not hide; a decoder's, or a row's labels', are all there. */
function seenLogits(
  { spec }: Model,
  { ids, attentionMask, decoderIds }: CheckpointFixture,
  logits: Float32Array,
): Float32Array[][] {
  const isMasked = decoderIds === undefined && spec.headKind.kind === 'vocabulary';
  const width = spec.head.out;
  const rows = ids.length;
  const tokens = logits.length / width / rows;
  return ids.map((_, row) =>
    Array.from({ length: tokens }, (_, at) => at).flatMap((at) => {
      const from = (row * tokens + at) * width;
      const isHidden = isMasked && attentionMask?.[row]?.[at] === 0;
      return isHidden ? [] : [logits.slice(from, from + width)];
    }),
  );
}

/** The loss as transformers defines it, and the norm of its gradient over all parameters. */
async function lossAndNorm(
  model: Model,
  fixture: CheckpointFixture,
): Promise<{ loss: number; gradientNorm: number }> {
  const { spec, architecture } = model;
  const names = Object.keys(spec.tensors).filter((name) => !spec.tensors[name]!.constant);
  const { rows, targets } = supervised(model, fixture);
  const run = device.jit('loss and norm', (inputs) => {
    const trained = Object.fromEntries(names.map((name) => [name, inputs[name]!]));
    const sequence = (prefix: string): TokenSequence => ({
      ids: inputs[`${prefix}ids`]!,
      positions: inputs[`${prefix}positions`]!,
      segmentIds: inputs[`${prefix}segmentIds`]!,
      ...(inputs[`${prefix}seen`] ? { keySegmentIds: inputs[`${prefix}seen`]! } : {}),
    });
    const batch: Batch = {
      ...sequence(''),
      ...(inputs['source:ids'] ? { source: sequence('source:') } : {}),
      logitsToKeep: inputs['rows']!,
      routerLoss: true,
    };
    const { outputs, gradients } = valueAndGradients((parameters) => {
      const scope = createScope({ parameters: { ...inputs, ...parameters } });
      const { hidden, routerLoss } = architecture.forward(spec, scope, batch);
      const logits = architecture.head(spec, scope).logits(tf.reshape(hidden, [-1, spec.width]));
      const weight = spec.routerLoss;
      const chosen = tf.oneHot(inputs['targets'] as tf.Tensor1D, spec.head.out);
      const loss = tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(tf.logSoftmax(logits), chosen), -1)));
      return {
        loss: routerLoss && weight ? tf.add<tf.Scalar>(loss, tf.mul(routerLoss, weight)) : loss,
      };
    }, trained);
    const squares = names.map((name) => tf.sum<tf.Scalar>(tf.square(gradients[name]!)));
    return { loss: outputs.loss, gradientNorm: tf.sqrt(tf.addN<tf.Scalar>(squares)) };
  });
  const crossed = spec.kind === 'encoder-decoder';
  // With a head for labels the decoder reads the source again.
  const again = fixture.ids.map((row) => shiftedRight(row, spec.decoderStart ?? 0));
  const decoderIds = fixture.decoderIds ?? (crossed ? again : undefined);
  const found = await run({
    ...(await readEveryWeight(model.weights)),
    ...feeds(model, fixture.ids, fixture.attentionMask, crossed ? 'source:' : ''),
    ...(decoderIds ? feeds(model, decoderIds, undefined, '') : {}),
    rows: int(rows, [rows.length]),
    targets: int(targets, [targets.length]),
  });
  const read = async (name: string): Promise<number> => (await device.read(found[name]!)).data[0]!;
  return { loss: await read('loss'), gradientNorm: await read('gradientNorm') };
}

/** Flat positions whose logits are learned from, and their targets: of causal models the next token's label, of a row its own. */
function supervised(
  { spec }: Model,
  { kind, ids, labels }: CheckpointFixture,
): {
  rows: number[];
  targets: number[];
} {
  if (spec.headKind.kind === 'labels') {
    const { headKind } = spec;
    const rows = ids.map((row, i) => i * row.length + classifiedToken(headKind, row));
    return { rows, targets: labels.map(([label]) => label!) };
  }
  const ahead = kind === 'causal' ? 1 : 0;
  const found = labels.flatMap((row, i) =>
    row.flatMap((label, j) =>
      label === -100 || j < ahead ? [] : [{ row: i * row.length + j - ahead, label }],
    ),
  );
  return { rows: found.map(({ row }) => row), targets: found.map(({ label }) => label) };
}

function feeds(
  model: Model,
  ids: CheckpointFixture['ids'],
  mask: CheckpointFixture['attentionMask'],
  prefix: string,
): Record<string, HostTensor> {
  const shape = [ids.length, ids[0]!.length];
  const visible = model.spec.counts === 'visible';
  const positions = ids.map((row, i) => {
    let counted = 0;
    return row.map((_, j) => {
      const shown = mask?.[i]?.[j] ?? 1;
      const position = visible ? (shown ? counted : -1) : j;
      counted += shown;
      return position;
    });
  });
  return {
    [`${prefix}ids`]: int(ids.flat(), shape),
    [`${prefix}positions`]: int(positions.flat(), shape),
    [`${prefix}segmentIds`]: int(
      ids.flatMap((row) => row.map(() => 1)),
      shape,
    ),
    ...(mask ? { [`${prefix}seen`]: int(mask.flat(), shape) } : {}),
  };
}

function int(values: readonly number[], shape: readonly number[]): HostTensor {
  return { dtype: 'int32', shape, data: Int32Array.from(values) };
}
