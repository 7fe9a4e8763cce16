import { dirname, resolve } from 'node:path';
import { type SafetensorsTensor } from '@tunesmith/models';
import { openSafetensors, writeSafetensors } from '@tunesmith/models/node';
import type { HostTensor } from '@tunesmith/runtime';
import { TunesmithError, unknownName } from '@tunesmith/schema';
import { warnOfUnchosen } from './adapters.ts';
import { checkOutputFile } from './outputs/check-output.ts';
import { makeFolders } from './run/make-folders.ts';
import { requireWritable } from './run/writable.ts';
import { withLanguageModel } from './session-model.ts';
import { inputsOf, openSession, type ModelOptions } from './open-session.ts';

/** Tensor names of the files that {@link computeLogits} reads and writes. */
const names = {
  ids: 'input_ids',
  mask: 'attention_mask',
  decoderIds: 'decoder_input_ids',
  logits: 'logits',
} as const;

type Rows = readonly (readonly number[])[];

/** What {@link computeLogits} takes. */
export interface LogitsOptions extends ModelOptions {
  /**
   * Rows of ids, or a safetensors file with the tensor `input_ids`, `[rows, tokens]` or `[tokens]`, of integers; likewise
   * `attention_mask` (1 where a token is seen), which may be absent, and `decoder_input_ids` of an encoder-decoder.
   */
  ids: string | Rows;
  /** 1 or 0 for each id, where the ids are rows. */
  attentionMask?: Rows;
  /** Rows of the decoder's ids, where the ids are rows. */
  decoderIds?: Rows;
  /** A new file to write the tensor `logits` to, float32; nowhere if absent. */
  out?: string;
}

/**
 * Logits of a model for rows of tokens, each row one whole sequence: `[rows, tokens, vocabulary]` in float32, of the decoder's
 * tokens in an encoder-decoder; `[rows, labels]` where the model's head is for labels. Virtual tokens of a prompt method stand
 * before the tokens of each row, as in Hugging Face's PEFT.
 *
 * @throws TunesmithError `output-exists` and `output-is-input` before anything is read; `unknown-name` where the file has no tensor `input_ids`; `invalid-ids`; those of the model
 */
export async function computeLogits(options: LogitsOptions): Promise<HostTensor> {
  if (options.out !== undefined) {
    const ids =
      typeof options.ids === 'string' ? [{ what: 'the file of ids', path: options.ids }] : [];
    await checkOutputFile(options.out, [...ids, ...(await inputsOf(options))]);
    await requireWritable(options.out);
  }
  const { ids, ...beside } =
    typeof options.ids === 'string'
      ? await readInputs(options.ids)
      : rowsGiven(options, options.ids);
  const session = await openSession(options);
  try {
    warnOfUnchosen(session.adapters, [], options.onWarning);
    options.onWork?.('computing logits');
    const logits = await withLanguageModel(session, (languageModel) =>
      languageModel.logits(ids, beside),
    );
    if (options.out !== undefined) {
      await makeFolders(dirname(resolve(options.out)));
      await writeSafetensors(options.out, { [names.logits]: logits });
    }
    return logits;
  } finally {
    await session.close();
  }
}

interface Inputs extends Pick<LogitsOptions, 'attentionMask' | 'decoderIds'> {
  readonly ids: Rows;
}

function rowsGiven({ attentionMask, decoderIds }: LogitsOptions, ids: Rows): Inputs {
  return {
    ids,
    ...(attentionMask ? { attentionMask } : {}),
    ...(decoderIds ? { decoderIds } : {}),
  };
}

async function readInputs(path: string): Promise<Inputs> {
  const file = await openSafetensors(path);
  if (!file.entries.has(names.ids)) {
    throw unknownName({
      package: 'tunesmith',
      kind: `tensor in ${path}`,
      name: names.ids,
      names: [...file.entries.keys()],
    });
  }
  const read = async (name: string): Promise<Rows | undefined> =>
    file.entries.has(name) ? rowsOf(name, await file.read(name), path) : undefined;
  const [attentionMask, decoderIds] = [await read(names.mask), await read(names.decoderIds)];
  return {
    ids: rowsOf(names.ids, await file.read(names.ids), path),
    ...(attentionMask ? { attentionMask } : {}),
    ...(decoderIds ? { decoderIds } : {}),
  };
}

function rowsOf(name: string, { dtype, shape, data }: SafetensorsTensor, path: string): number[][] {
  const [rows, tokens] = shape.length === 1 ? [1, shape[0] ?? 0] : [shape[0] ?? 0, shape[1] ?? 0];
  if (
    !['I64', 'I32', 'U8'].includes(dtype) ||
    shape.length < 1 ||
    shape.length > 2 ||
    rows * tokens === 0
  ) {
    throw new TunesmithError({
      package: 'tunesmith',
      code: 'invalid-ids',
      message: `tensor "${name}" of ${path} is ${dtype} of shape [${shape.join(', ')}]`,
      value: shape,
      accepted: 'integers (I64 or I32) of shape [rows, tokens] or [tokens], not empty',
    });
  }
  const ids = Array.from(data as ArrayLike<number | bigint>, Number);
  return Array.from({ length: rows }, (_, row) => ids.slice(row * tokens, (row + 1) * tokens));
}
