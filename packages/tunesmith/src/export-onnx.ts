import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { saveOnnx, type OnnxEncoding } from '@tunesmith/models';
import type { HostTensor } from '@tunesmith/runtime';
import { typicalDifference } from '@tunesmith/peft';
import { openOnnx, type OnnxTensor } from '@tunesmith/runtime/node';
import { TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { mergedModel } from './merged-model.ts';
import { inputsOf, openSession, type ModelOptions } from './open-session.ts';
import { checkOutputFolder } from './outputs/check-output.ts';
import { besideOf, moveIntoPlace } from './outputs/into-place.ts';
import { realPath } from './outputs/same-place.ts';
import { cardFile, cardOf, runOf } from './report/model-card.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import { withLanguageModel } from './session-model.ts';
import type { Session } from './session.ts';

/** What {@link exportOnnx} takes. */
export interface ExportOnnxOptions extends ModelOptions {
  /** The folder, new or empty. */
  out: string;
  /** How the weights are encoded, a model for each; `f32` and `q8` by default. */
  encodings?: readonly OnnxEncoding[];
}

/** What {@link exportOnnx} did. */
export interface ExportOnnxSummary {
  directory: string;
  /** The models, and how far the logits of each are from the model's own, of nine in ten of the tokens that were compared. */
  models: { path: string; difference: number }[];
  /** Names of the adapters that are in them, in order. */
  adapters: string[];
}

/** How far logits in float32 may be from the model's own, as a share of the largest. */
const tolerance = 1e-3;

/**
 * Writes a decoder or an encoder, with its adapters folded in, as a folder that transformers.js loads: an ONNX model for each encoding, of
 * a decoder with a cache of keys and values, beside configuration, tokenizer, chat template and a card of where it comes from. The folder is written beside `out`; ONNX Runtime runs each
 * model in it, and it takes its place only when the logits in float32 are the model's own.
 *
 * @throws TunesmithError `output-exists`, `output-is-input`; `unsupported-onnx` for an encoder-decoder, and for a decoder with a head for labels; `cannot-merge`,
 * `merge-disagrees`; `export-disagrees`; those of the model and the adapters
 */
export async function exportOnnx(options: ExportOnnxOptions): Promise<ExportOnnxSummary> {
  const { encodings = ['f32', 'q8'], out, onWork } = options;
  await checkOutputFolder(out, await inputsOf(options));
  await requireWritable(out);
  const session = await openSession({ ...options, precision: 'float32' });
  // A link to an empty folder stays, and its target is what is written.
  const place = await realPath(out);
  const beside = besideOf(place);
  try {
    const { adapters, tokenizer } = session;
    if (adapters.length > 0) onWork?.('merging');
    const model = adapters.length > 0 ? await mergedModel(session, adapters) : session.model;
    await makeFolders(dirname(place));
    const paths = await saveOnnx(model, nodeFiles(beside), {
      encodings,
      tokenizer,
      onFile: (path) => onWork?.(`writing ${path}`),
    });
    const names = adapters.map(({ name }) => name);
    const described = { base: options.model, files: session.model.files, adapters: names } as const;
    const card = await cardOf({ ...described, run: await runOf(options), as: 'onnx' });
    await nodeFiles(beside).write(cardFile, card);
    onWork?.('checking what was written');
    const models = await compare(session, beside, paths);
    // An empty folder is in the way of a rename on some systems.
    await rmdir(place).catch(() => undefined);
    await moveIntoPlace(beside, place, out);
    return { directory: place, models, adapters: names };
  } finally {
    await rm(beside, { recursive: true, force: true });
    await session.close();
  }
}

/** Runs each model on a few tokens, beside the session's. @throws `export-disagrees` */
async function compare(
  session: Session,
  folder: string,
  paths: readonly string[],
): Promise<{ path: string; difference: number }[]> {
  const { vocabulary, caches, maximumPositions } = session.model.spec;
  const tokens = Math.min(12, maximumPositions);
  const ids = [0, 1].map((row) =>
    Array.from({ length: tokens }, (_, i) => (7919 * (row * tokens + i) + 13) % vocabulary),
  );
  const expected = await withLanguageModel(session, (language) => language.logits(ids));
  const largest = greatest(expected.data);
  const models: { path: string; difference: number }[] = [];
  for (const path of paths) {
    const model = await openOnnx(join(folder, path));
    try {
      const { logits } = await model.run({
        input_ids: rows(ids),
        attention_mask: rows(ids.map((row) => row.map(() => 1))),
        position_ids: rows(ids.map((row) => row.map((_, i) => i))),
        token_type_ids: rows(ids.map((row) => row.map(() => 0))),
        ...Object.fromEntries(
          caches.flatMap(({ shape: [kvHeads, headDim] }, layer) => {
            const none = { shape: [ids.length, kvHeads, 0, headDim], data: new Float32Array() };
            return ['key', 'value'].map((name) => [`past_key_values.${layer}.${name}`, none]);
          }),
        ),
      });
      const data = Float32Array.from(logits!.data, Number);
      const difference = typicalDifference(expected, {
        dtype: 'float32',
        shape: expected.shape,
        data,
      });
      const isExact = path.endsWith('/model.onnx');
      if (!Number.isFinite(difference) || (isExact && difference > tolerance * largest))
        throw disagrees(path, difference, largest);
      models.push({ path, difference });
    } finally {
      await model.close();
    }
  }
  return models;
}

function rows(ids: readonly (readonly number[])[]): OnnxTensor {
  return { shape: [ids.length, ids[0]!.length], data: BigInt64Array.from(ids.flat(), BigInt) };
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
