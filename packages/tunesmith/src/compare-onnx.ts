import { join } from 'node:path';
import type { ModelSpec } from '@tunesmith/models';
import { typicalDifference } from '@tunesmith/peft';
import { openOnnx, type OnnxTensor, type OpenedOnnx } from '@tunesmith/runtime/node';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError } from '@tunesmith/schema';
import { withLanguageModel } from './session-model.ts';
import type { Session } from './session.ts';

/** How far an exported model is from its own. */
export interface OnnxDifference {
  /** The model; of an encoder-decoder the decoder, which was run behind the encoder of the same encoding. */
  path: string;
  /** How far its logits are from the model's own, of nine in ten of the tokens that were compared. */
  difference: number;
}

/** How far logits in float32 may be from the model's own, as a share of the largest. */
const tolerance = 1e-3;

/** The names of the two models of an encoder-decoder. */
const [encoderName, decoderName] = ['encoder_model', 'decoder_model_merged'] as const;

/**
 * Runs each exported model on a few rows of arbitrary tokens, beside the session's.
 *
 * @param paths of the models in `folder`
 * @throws TunesmithError `export-disagrees` where the logits in float32 are others
 */
export async function compareOnnx(
  session: Session,
  folder: string,
  paths: readonly string[],
): Promise<OnnxDifference[]> {
  const { spec } = session.model;
  const isCrossed = spec.kind === 'encoder-decoder';
  const ids = arbitraryRows(spec, 13);
  const decoderIds = isCrossed ? arbitraryRows(spec, 29) : undefined;
  const expected = await withLanguageModel(session, (language) =>
    language.logits(ids, decoderIds ? { decoderIds } : {}),
  );
  const largest = greatest(expected.data);
  const models: OnnxDifference[] = [];
  for (const path of paths.filter((one) => !one.includes(encoderName))) {
    const logits = decoderIds
      ? await crossedLogits(folder, path, { ids, decoderIds })
      : await plainLogits(join(folder, path), ids);
    const data = Float32Array.from(logits.data, Number);
    const difference = typicalDifference(expected, { ...expected, dtype: 'float32', data });
    const isExact = /\/(model|decoder_model_merged)\.onnx$/.test(path);
    if (!Number.isFinite(difference) || (isExact && difference > tolerance * largest))
      throw disagrees(path, difference, largest);
    models.push({ path, difference });
  }
  return models;
}

type Rows = readonly (readonly number[])[];

function arbitraryRows({ vocabulary, maximumPositions }: ModelSpec, first: number): Rows {
  const tokens = Math.min(12, maximumPositions);
  return [0, 1].map((row) =>
    Array.from({ length: tokens }, (_, i) => (7919 * (row * tokens + i) + first) % vocabulary),
  );
}

async function plainLogits(path: string, ids: Rows): Promise<OnnxTensor> {
  const { logits } = await runModel(path, ({ inputs }) => ({
    input_ids: tensor(ids),
    attention_mask: tensor(ids.map((row) => row.map(() => 1))),
    position_ids: tensor(ids.map((row) => row.map((_, i) => i))),
    token_type_ids: tensor(ids.map((row) => row.map(() => 0))),
    ...noPast(inputs, ids.length),
  }));
  return logits!;
}

/** The logits of a decoder over what the encoder beside it makes of the source. */
async function crossedLogits(
  folder: string,
  path: string,
  { ids, decoderIds }: { readonly ids: Rows; readonly decoderIds: Rows },
): Promise<OnnxTensor> {
  const mask = tensor(ids.map((row) => row.map(() => 1)));
  const encoder = join(folder, path.replace(decoderName, encoderName));
  const { last_hidden_state: hidden } = await runModel(encoder, () => ({
    input_ids: tensor(ids),
    attention_mask: mask,
  }));
  const { logits } = await runModel(join(folder, path), ({ inputs }) => ({
    input_ids: tensor(decoderIds),
    encoder_hidden_states: hidden!,
    encoder_attention_mask: mask,
    use_cache_branch: { shape: [1], data: Uint8Array.of(0) },
    ...noPast(inputs, ids.length),
  }));
  return logits!;
}

/** The caches of a decoder that has read nothing yet. */
function noPast(inputs: OpenedOnnx['inputs'], rows: number): Record<string, OnnxTensor> {
  return Object.fromEntries(
    inputs
      .filter(({ name }) => name.startsWith('past_key_values'))
      .map(({ name, shape: [, heads, , headDim] }) => [
        name,
        { shape: [rows, Number(heads), 0, Number(headDim)], data: new Float32Array() },
      ]),
  );
}

async function runModel(
  path: string,
  feeds: (model: OpenedOnnx) => Record<string, OnnxTensor>,
): Promise<Record<string, OnnxTensor>> {
  const model = await openOnnx(path);
  try {
    return await model.run(feeds(model));
  } finally {
    await model.close();
  }
}

function tensor(rows: Rows): OnnxTensor {
  return { shape: [rows.length, rows[0]!.length], data: BigInt64Array.from(rows.flat(), BigInt) };
}

function greatest(data: HostTensor['data']): number {
  let most = 0;
  for (const value of data) most = Math.max(most, Math.abs(value));
  return most;
}

function disagrees(path: string, difference: number, largest: number): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: 'export-disagrees',
    kind: 'failure',
    message: `${path} computes other logits than the model: for one token in ten they are ${difference} apart or more, of ${largest} at most; nothing was written`,
    value: difference,
    accepted: `in float32 at most ${tolerance} of the largest logit`,
  });
}
