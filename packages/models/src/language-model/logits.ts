import { tf, type HostTensor } from '@tunesmith/runtime';
import { modelsError } from '../errors.ts';
import type { HeadKind, ModelSpec } from '../model.ts';
import type { RecordMeta } from '../record-inputs.ts';
import { classifiedToken, shiftedRight } from './classified-token.ts';
import { checkIds, input, inputLength, type BoundModel } from './bound.ts';
import { finiteLogits } from './finite-logits.ts';
import {
  createLayout,
  layoutFeeds,
  noVirtualTokens,
  placeDocument,
  type Layout,
} from './layout.ts';

type Rows = readonly (readonly number[])[];

/** What is given beside the ids. */
export interface LogitsOptions {
  /** 1 or 0 for each id: whether it is seen. All are by default. */
  readonly attentionMask?: Rows;
  /** Rows of the decoder's ids, where the ids are the encoder's; with a head for labels these, shifted right, by default. */
  readonly decoderIds?: Rows;
  /** The record of each row, where methods read of them. */
  readonly records?: readonly RecordMeta[];
}

/** Computes the logits of token rows of one length. */
export type ComputeLogits = (ids: Rows, options?: LogitsOptions) => Promise<HostTensor>;

/**
 * Logits of whole sequences, of what the model's own head is about: `[rows, virtual + tokens, vocabulary]`, those of virtual input
 * tokens first; of an encoder-decoder, of the decoder's tokens; with a head for labels `[rows, labels]`. Masked tokens look on
 * without being seen, as in Hugging Face's classes. For parity checks; scoring and generation do not keep logits of every
 * position.
 */
export function createLogits(bound: BoundModel): ComputeLogits {
  const { spec } = bound.model;
  const isCrossed = spec.kind === 'encoder-decoder';
  const run = bound.compile('logits', (scope) => ({
    logits: scope.head.logits(scope.forward().hidden),
  }));
  const classify = bound.compile('label logits', (scope) => {
    const { hidden } = scope.forward({ logitsToKeep: input(scope.tensors, 'classified') });
    return { logits: scope.head.logits(tf.reshape(hidden, [-1, spec.width])) };
  });

  return async (ids, { attentionMask, decoderIds: stated, records = [] } = {}) => {
    checkRows(bound, ids, 'the input');
    if (attentionMask) checkMask(attentionMask, ids);
    const decoderIds = stated ?? againInDecoder(spec, ids);
    if (isCrossed !== (decoderIds !== undefined)) {
      throw modelsError({
        code: 'decoder-ids',
        message: isCrossed
          ? 'an encoder-decoder needs ids of its decoder too'
          : `a model of type "${spec.modelType}" has no decoder beside an encoder`,
        value: spec.modelType,
        accepted: isCrossed ? 'decoder_input_ids beside input_ids' : 'input_ids alone',
      });
    }
    if (decoderIds) {
      checkRows(bound, decoderIds, "the decoder's input");
      if (decoderIds.length !== ids.length)
        throw modelsError({
          code: 'uneven-rows',
          message: `${ids.length} rows of ids and ${decoderIds.length} of the decoder's`,
          value: decoderIds.length,
          accepted: `${ids.length} rows`,
        });
      if (spec.headKind.kind === 'labels' && decoderIds[0]!.length !== ids[0]!.length)
        throw modelsError({
          code: 'uneven-rows',
          message: `the decoder's rows have ${decoderIds[0]!.length} tokens, and the source's, in which the classified place is found, ${ids[0]!.length}`,
          value: decoderIds[0]!.length,
          accepted: `${ids[0]!.length} tokens, or input_ids alone`,
        });
    }
    const read = sequenceFeeds(bound, ids, attentionMask, isCrossed ? 'source:' : '');
    const feeds = {
      ...read.feeds,
      ...(decoderIds ? targetFeeds(decoderIds) : {}),
      ...(await bound.recordFeeds(ids.map((_, row) => [records[row]]))),
    };
    const { logits } =
      spec.headKind.kind === 'labels'
        ? await classify({
            ...feeds,
            'input:classified': classified(bound, read, ids, attentionMask),
          })
        : await run(feeds);
    const host = await bound.device.read(logits!);
    logits!.dispose();
    finiteLogits(host.data as Float32Array);
    return host;
  };
}

interface ReadSequence {
  readonly layout: Layout;
  readonly feeds: Record<string, HostTensor>;
}

function sequenceFeeds(
  bound: BoundModel,
  ids: Rows,
  mask: Rows | undefined,
  prefix: string,
): ReadSequence {
  const length = inputLength(bound, ids[0]!.length);
  const layout = createLayout(ids.length, length);
  ids.forEach((row, i) => placeDocument(layout, i * length, row, 1, bound.virtual));
  const feeds = layoutFeeds(layout, bound.virtual, prefix);
  if (!mask) return { layout, feeds };
  const seen = layout.segmentIds.slice();
  const ahead = length - ids[0]!.length;
  mask.forEach((row, i) => {
    let counted = ahead;
    row.forEach((shown, j) => {
      const at = i * length + ahead + j;
      seen[at] = shown;
      if (bound.model.spec.counts === 'visible') layout.positions[at] = shown ? counted : -1;
      counted += shown;
    });
  });
  const keySegmentIds = { dtype: 'int32', shape: [layout.rows, length], data: seen } as const;
  return { layout, feeds: { ...feeds, [`input:${prefix}keySegmentIds`]: keySegmentIds } };
}

/** What the decoder reads where a source alone is classified: the source again, shifted right. */
function againInDecoder({ kind, headKind, decoderStart }: ModelSpec, ids: Rows): Rows | undefined {
  if (kind !== 'encoder-decoder' || headKind.kind !== 'labels' || decoderStart === undefined)
    return undefined;
  return ids.map((row) => shiftedRight(row, decoderStart));
}

function targetFeeds(ids: Rows): Record<string, HostTensor> {
  const length = ids[0]!.length;
  const layout = createLayout(ids.length, length);
  ids.forEach((row, i) => placeDocument(layout, i * length, row, 1, noVirtualTokens));
  return layoutFeeds(layout, noVirtualTokens);
}

/**
 * Flat positions of the token of each row that is classified: its first, a virtual one where there are any, or its last, which
 * padding is told from by its id, or by the mask where the model has no such id; of an encoder-decoder the place in the decoder where
 * the source ends.
 */
function classified(
  { model: { spec } }: BoundModel,
  { layout: { rows, length } }: ReadSequence,
  ids: Rows,
  mask: Rows | undefined,
): HostTensor {
  const kind = spec.headKind as Extract<HeadKind, { kind: 'labels' }>;
  const data = Int32Array.from(ids, (row, number) => {
    if (kind.token === 'first') return number * length;
    // No virtual token stands before the decoder's.
    if (kind.token === 'end') return number * row.length + classifiedToken(kind, row);
    const seen = kind.padding === undefined ? mask?.[number] : undefined;
    const at = seen ? seen.lastIndexOf(1) : classifiedToken(kind, row);
    return number * length + (length - row.length) + at;
  });
  return { dtype: 'int32', shape: [rows], data };
}

function checkRows(bound: BoundModel, ids: Rows, what: string): void {
  const tokens = ids[0]?.length ?? 0;
  if (tokens === 0 || ids.some((row) => row.length !== tokens)) {
    throw modelsError({
      code: 'uneven-rows',
      message: `logits need rows of one length above 0, not ${ids.map((row) => row.length).join(', ') || 'none'}`,
      value: ids.map((row) => row.length),
    });
  }
  bound.checkLength(tokens, what);
  ids.forEach((row, i) => checkIds(bound.model, row, `row ${i}`));
}

function checkMask(mask: Rows, ids: Rows): void {
  const fits =
    mask.length === ids.length &&
    mask.every(
      (row, i) => row.length === ids[i]!.length && row.every((one) => one === 0 || one === 1),
    );
  if (fits) return;
  throw modelsError({
    code: 'attention-mask',
    message: 'the attention mask does not fit the ids',
    value: mask.map((row) => row.length),
    accepted: '1 or 0 for each id',
  });
}
