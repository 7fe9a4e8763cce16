import { rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { saveOnnx, type OnnxEncoding } from '@tunesmith/models';
import { nodeFiles } from '@tunesmith/schema/node';
import { compareOnnx, type OnnxDifference } from './compare-onnx.ts';
import { mergedModel } from './merged-model.ts';
import { inputsOf, openSession, type ModelOptions } from './open-session.ts';
import { checkOutputFolder } from './outputs/check-output.ts';
import { besideOf, moveIntoPlace } from './outputs/into-place.ts';
import { realPath } from './outputs/same-place.ts';
import { cardFile, cardOf, runOf } from './report/model-card.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';

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
  models: OnnxDifference[];
  /** Names of the adapters that are in them, in order. */
  adapters: string[];
}

/**
 * Writes a model, with its adapters folded in, as a folder that transformers.js loads: an ONNX model for each encoding (of an
 * encoder-decoder two), of a decoder with a cache of keys and values, beside configuration, tokenizer, chat template and a card of where it
 * comes from. The folder is written beside `out`; ONNX Runtime runs each model in it, and it takes its place only when the logits in
 * float32 are the model's own.
 *
 * @throws TunesmithError `output-exists`, `output-is-input`; `unsupported-onnx` for a head for labels that does not read the first token; `cannot-merge`,
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
    const models = await compareOnnx(session, beside, paths);
    // An empty folder is in the way of a rename on some systems.
    await rmdir(place).catch(() => undefined);
    await moveIntoPlace(beside, place, out);
    return { directory: place, models, adapters: names };
  } finally {
    await rm(beside, { recursive: true, force: true });
    await session.close();
  }
}
