import { rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import {
  saveGguf,
  saveGgufLora,
  type GgufEncoding,
  type GgufOrigin,
  type Model,
} from '@tunesmith/models';
import { loadModel } from '@tunesmith/models/node';
import { checkStored } from '@tunesmith/peft';
import { TunesmithError } from '@tunesmith/schema';
import { nodeFiles } from '@tunesmith/schema/node';
import { mergedModel } from './merged-model.ts';
import { inputsOf, openSession, type ModelOptions } from './open-session.ts';
import { checkOutputFile } from './outputs/check-output.ts';
import { besideOf, moveIntoPlace } from './outputs/into-place.ts';
import { cardOf, originOf, runOf, type Described } from './report/model-card.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import type { Session } from './session.ts';

/** What {@link exportGguf} takes. */
export interface ExportOptions extends ModelOptions {
  /** The file, new. */
  out: string;
  /** How the weights are encoded; `f16` by default, `f32` for an adapter. */
  encoding?: GgufEncoding;
  /** A model with its adapters folded in, by default; or the adapter alone, as llama.cpp puts it beside a model. */
  as?: 'model' | 'adapter';
}

/** What an export did. */
export interface ExportSummary {
  file: string;
  encoding: GgufEncoding;
  /** Names of the adapters that are in it, in order. */
  adapters: string[];
}

/**
 * Writes a model, with its adapters folded in, or a LoRA adapter, as a GGUF file for llama.cpp, whose metadata say
 * where it comes from: its base and license, method, data and scores. The file is written beside `out`,
 * read back, and takes its place only when a model with its configuration computes the same logits.
 *
 * @throws TunesmithError `output-exists`, `output-is-input`; `unsupported-gguf` for what the format has no word for; `several-adapters`;
 * `cannot-merge`, `merge-disagrees`; those of the model and the adapters
 */
export async function exportGguf(options: ExportOptions): Promise<ExportSummary> {
  const { as = 'model', out } = options;
  const encoding = options.encoding ?? (as === 'adapter' ? 'f32' : 'f16');
  await checkOutputFile(out, await inputsOf(options));
  await requireWritable(out);
  const session = await openSession({ ...options, precision: 'float32' });
  try {
    const adapters = session.adapters.map(({ name }) => name);
    const place = resolve(out);
    const beside = besideOf(place);
    const [files, name] = [nodeFiles(dirname(beside)), basename(beside)] as const;
    await makeFolders(dirname(place));
    const described = { base: options.model, files: session.model.files, adapters };
    const origin = await describedOrigin({ ...described, run: await runOf(options) }, as);
    try {
      if (as === 'adapter') {
        const [adapter, other] = session.adapters;
        if (!adapter || other) throw oneAdapter(adapters);
        const written = adapter.method.files.write(adapter, { baseModel: options.model });
        await saveGgufLora(session.model, written, files, name, { encoding, origin });
      } else {
        options.onWork?.(adapters.length > 0 ? 'merging' : 'writing');
        const model =
          adapters.length > 0 ? await mergedModel(session, session.adapters) : session.model;
        const { tokenizer } = session;
        await saveGguf(model, files, name, { encoding, tokenizer, origin });
        options.onWork?.('checking what was written');
        await checkWritten(model, beside, session);
      }
      await moveIntoPlace(beside, place, out);
    } finally {
      await rm(beside, { force: true });
    }
    return { file: place, encoding, adapters };
  } finally {
    await session.close();
  }
}

/** Where it comes from; the text of its card is the description. */
async function describedOrigin(
  described: Omit<Described, 'as'>,
  as: 'model' | 'adapter',
): Promise<GgufOrigin> {
  const card = await cardOf({ ...described, as });
  const description = card.replace(/^---\n[^]*?\n---\n/, '').trim();
  return { ...(await originOf(described)), description };
}

/** The file must be a model again, and its configuration must compute with the same weights what the model computes. */
async function checkWritten(
  model: Model,
  path: string,
  { device, registry }: Session,
): Promise<void> {
  const read = await loadModel(path, { architectures: registry.all('architecture') });
  const stored = { ...read, weights: model.weights };
  await checkStored({ model, stored, dtype: 'float32', device });
}

function oneAdapter(names: readonly string[]): TunesmithError {
  return new TunesmithError({
    package: 'tunesmith',
    code: names.length === 0 ? 'no-adapter' : 'several-adapters',
    message: `a file is of one adapter, and here ${names.length === 0 ? 'is none' : `are ${names.join(', ')}`}`,
    value: names,
    accepted: 'one adapter',
  });
}
